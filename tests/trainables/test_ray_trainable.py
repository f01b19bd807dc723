"""One trial after another in the same process: every way in which a trial ends is a result, and leaves nothing."""

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
from trainables.ray_trainable import RTSTrainable, TrialOrder, accuracy_on_test

EPOCHS = 2


def order(store: Path, number: int = 0, *settings: str, model: str = "small", epochs: int = EPOCHS) -> dict[str, Any]:
    """What a worker is asked, as Tune hands it over."""
    small = ("dataset.num_train=256", f"training.epochs={epochs}", *settings)
    config = baseline_config(load_sweep("digits", small), BaselineConfig(name="pugd")).to_dict()
    config["model"]["name"] = model
    return {"order": TrialOrder(number, f"study/{number}", config, str(store), "off", (), 0.0, 1).to_dict()}


def results(trainable: RTSTrainable) -> list[dict[str, Any]]:
    """Every result of the order at hand."""
    found = []
    while not found or not found[-1]["done"]:
        found.append(trainable.step())
    return found


def figures(trainable: RTSTrainable) -> list[tuple[Any, ...]]:
    return [(result["epoch"], result["val_acc"], result["gradient_evaluations"]) for result in results(trainable)]


def test_the_same_config_first_and_last_gives_the_same_numbers(tmp_path: Path) -> None:
    first = order(tmp_path / "store", 0)
    trainable = RTSTrainable(config=first)
    before = figures(trainable)
    others = (
        order(tmp_path / "store", 1, "training.lr=1e30"),
        order(tmp_path / "store", 2, "training.seed=1", "training.augmentation={horizontal_flip: true}", epochs=1),
    )
    for other in others:
        assert trainable.reset_config(other)
        results(trainable)
    assert trainable.reset_config(order(tmp_path / "store", 3))
    again = results(trainable)
    assert [(result["epoch"], result["val_acc"], result["gradient_evaluations"]) for result in again] == before
    assert all(result["spent"] for result in again), "trained anew, not read from the store"
    fresh = RTSTrainable(config=order(tmp_path / "elsewhere", 4))
    assert figures(fresh) == before


def test_a_diverged_trial_ends_with_epoch_and_reason(tmp_path: Path) -> None:
    (result,) = results(RTSTrainable(config=order(tmp_path, 0, "training.lr=1e30")))
    assert result["outcome"] == "diverged"
    assert "is not finite at step" in result["reason"]
    assert "of epoch 0" in result["reason"]
    assert (result["val_acc"], result["epoch"]) == (0.0, -1)


def test_a_trial_that_fails_ends_with_the_first_line_of_its_error(tmp_path: Path) -> None:
    model = "tests.trainables.broken_model:build"
    (result,) = results(RTSTrainable(config=order(tmp_path, 0, model=model)))
    assert (result["outcome"], result["reason"]) == ("failed", "ValueError: no training today")


def test_a_trial_whose_pretrained_weights_are_gone_ends_with_the_name_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "weights.pt"
    torch.save(small(10, 1, 8).state_dict(), file)
    asked = [order(tmp_path / "store", number, f"model={{name: small, pretrained: '{file}'}}") for number in (0, 1)]
    trainable = RTSTrainable(config=asked[0])
    assert results(trainable)[-1]["outcome"] == "epoch"
    file.unlink()
    trainable.reset_config(asked[1])
    (result,) = results(trainable)
    assert result["outcome"] == "missing weights"
    assert result["reason"] == (
        f"model.pretrained: must be a file that can be read (No such file or directory), but got '{file}'"
    )
    assert accuracy_on_test(TrialOrder.from_dict(asked[0]["order"]), EPOCHS) is None


def test_a_store_that_cannot_be_written_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where a folder has to be")
    (result,) = results(RTSTrainable(config=order(tmp_path / "store")))
    assert result["outcome"] == "machine"
    assert "File exists" in result["reason"] or "Not a directory" in result["reason"]


def test_a_trial_without_a_gpu_of_its_own_stays_on_the_cpu(tmp_path: Path) -> None:
    asked = TrialOrder.from_dict(order(tmp_path)["order"])
    trial = asked.trial(load_dataset(TrialConfig.from_dict(asked.config).dataset))
    assert trial.device.type == "cpu"


def test_every_result_has_the_same_keys(tmp_path: Path) -> None:
    epoch, *_ = results(RTSTrainable(config=order(tmp_path, 0)))
    (diverged,) = results(RTSTrainable(config=order(tmp_path, 1, "training.lr=1e30")))
    assert epoch.keys() == diverged.keys()


def test_the_test_part_is_read_for_a_stored_state(tmp_path: Path) -> None:
    asked = order(tmp_path, 0)
    results(RTSTrainable(config=asked))
    accuracies = [accuracy_on_test(TrialOrder.from_dict(asked["order"]), epochs) for epochs in (1, EPOCHS)]
    assert accuracies[0] != accuracies[1]
    assert all(accuracy is not None and 0.3 < accuracy <= 1.0 for accuracy in accuracies)


def test_an_order_comes_back_from_plain_values(tmp_path: Path) -> None:
    plain = order(tmp_path)["order"]
    assert TrialOrder.from_dict(plain).to_dict() == plain
    with pytest.raises(TypeError):
        TrialOrder.from_dict({**plain, "more": 1})
