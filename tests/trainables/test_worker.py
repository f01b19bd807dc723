"""One trial after another in the same process: every way in which a trial ends is a report, and leaves nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import baseline_config
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.data import load_dataset
from trainables.core.models.small import small
from trainables.core.settings.config import TrialConfig
from trainables.order import TrialOrder
from trainables.worker import TrialWorker, accuracy_on_test

EPOCHS = 2


def order(store: Path, number: int = 0, *settings: str, model: str = "small", epochs: int = EPOCHS) -> TrialOrder:
    """What a worker is asked."""
    small = ("dataset.num_train=256", f"training.epochs={epochs}", *settings)
    config = baseline_config(load_sweep("digits", small), BaselineConfig(name="pugd")).to_dict()
    config["model"]["name"] = model
    return TrialOrder(number, f"study/{number}", config, str(store), "off", (), 0.0, 1)


def worker(asked: TrialOrder) -> TrialWorker:
    """A worker with its first order."""
    made = TrialWorker()
    made.take(asked)
    return made


def reports(at_work: TrialWorker) -> list[dict[str, Any]]:
    """Every report of the order at hand."""
    found: list[dict[str, Any]] = []
    while not found or not found[-1]["done"]:
        found.append(at_work.report())
    return found


def epochs_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [epoch for report in found for epoch in report["epochs"]]


def figures(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(epoch["epoch"], epoch["val_acc"], epoch["gradient_evaluations"]) for epoch in epochs_of(found)]


def test_the_same_config_first_and_last_gives_the_same_numbers(tmp_path: Path) -> None:
    at_work = worker(order(tmp_path / "store", 0))
    before = figures(reports(at_work))
    others = (
        order(tmp_path / "store", 1, "training.lr=1e30"),
        order(tmp_path / "store", 2, "training.seed=1", "training.augmentation={horizontal_flip: true}", epochs=1),
    )
    for other in others:
        at_work.take(other)
        reports(at_work)
    at_work.take(order(tmp_path / "store", 3))
    again = reports(at_work)
    assert figures(again) == before
    assert all(epoch["spent"] for epoch in epochs_of(again)), "trained anew, not read from the store"
    assert figures(reports(worker(order(tmp_path / "elsewhere", 4)))) == before


def test_short_epochs_are_reported_together_up_to_where_the_trial_is_judged(tmp_path: Path) -> None:
    alone = reports(worker(order(tmp_path / "alone", epochs=6)))
    assert [len(report["epochs"]) for report in alone] == [1] * 6
    costs = [epoch["gradient_evaluations"] for epoch in epochs_of(alone)]
    asked = replace(order(tmp_path / "together", epochs=6), report_seconds=1e9, report_costs=(costs[1] - 1, 1e9))
    together = reports(worker(asked))
    assert [len(report["epochs"]) for report in together] == [2, 4]
    assert figures(together) == figures(alone)
    assert [report["done"] for report in together] == [False, True]


def test_a_diverged_trial_ends_with_epoch_and_reason(tmp_path: Path) -> None:
    (report,) = reports(worker(order(tmp_path, 0, "training.lr=1e30")))
    assert (report["outcome"], report["epochs"]) == ("diverged", [])
    assert "is not finite at step" in report["reason"]
    assert "of epoch 1" in report["reason"]


def test_a_trial_that_fails_ends_with_the_first_line_of_its_error(tmp_path: Path) -> None:
    (report,) = reports(worker(order(tmp_path, 0, model="tests.trainables.broken_model:build")))
    assert (report["outcome"], report["reason"]) == ("failed", "ValueError: no training today")


def test_a_trial_whose_pretrained_weights_are_gone_ends_with_the_name_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "weights.pt"
    torch.save(small(10, 1, 8).state_dict(), file)
    asked = [order(tmp_path / "store", number, f"model={{name: small, pretrained: '{file}'}}") for number in (0, 1)]
    at_work = worker(asked[0])
    assert reports(at_work)[-1]["outcome"] == "epoch"
    file.unlink()
    at_work.take(asked[1])
    (report,) = reports(at_work)
    assert report["outcome"] == "missing weights"
    assert report["reason"] == (
        f"model.pretrained: must be a file that can be read (No such file or directory), but got '{file}'"
    )
    tested = accuracy_on_test(replace(asked[0], tested_epochs=EPOCHS).to_dict())
    assert (tested["outcome"], tested["test"]) == ("test", {})


def test_a_store_that_cannot_be_written_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where a folder has to be")
    (report,) = reports(worker(order(tmp_path / "store")))
    assert report["outcome"] == "machine"
    assert "File exists" in report["reason"] or "Not a directory" in report["reason"]


def test_a_trial_without_a_gpu_of_its_own_stays_on_the_cpu(tmp_path: Path) -> None:
    asked = order(tmp_path)
    trial = asked.trial(load_dataset(TrialConfig.from_dict(asked.config).dataset))
    assert trial.device.type == "cpu"


def test_every_report_has_the_same_keys(tmp_path: Path) -> None:
    epoch, *_ = reports(worker(order(tmp_path, 0)))
    (diverged,) = reports(worker(order(tmp_path, 1, "training.lr=1e30")))
    (tested,) = reports(worker(replace(order(tmp_path, 0), tested_epochs=EPOCHS)))
    assert epoch.keys() == diverged.keys() == tested.keys()


def test_the_test_part_is_read_for_a_stored_state_by_a_worker_that_has_trained(tmp_path: Path) -> None:
    asked = order(tmp_path, 0)
    at_work = worker(asked)
    reports(at_work)
    accuracies = []
    for epochs in (1, EPOCHS):
        at_work.take(replace(asked, tested_epochs=epochs))
        (report,) = reports(at_work)
        accuracies.append(report["test"]["test_acc"])
    assert accuracies[0] != accuracies[1]
    assert all(accuracy is not None and 0.3 < accuracy <= 1.0 for accuracy in accuracies)
    assert accuracy_on_test(replace(asked, tested_epochs=EPOCHS).to_dict())["test"]["test_acc"] == accuracies[1]


def test_an_order_comes_back_from_plain_values(tmp_path: Path) -> None:
    plain = order(tmp_path).to_dict()
    assert TrialOrder.from_dict(plain).to_dict() == plain
    with pytest.raises(TypeError):
        TrialOrder.from_dict({**plain, "more": 1})
