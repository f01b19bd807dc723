"""All mistakes of a sweep file are told at once, each in one line, and nothing that only follows from another one."""

import sys

import pytest

from rts_search.basics.errors import UserError
from rts_search.cli import main
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.sweep_files import MINE, Write


def mistakes(path: str, *overrides: str) -> list[str]:
    with pytest.raises(UserError) as caught:
        load_sweep(path, overrides)
    return [line.replace(path, "mine.yaml") for line in (str(caught.value), *caught.value.more)]


def test_mistakes_in_several_sections_and_in_one(write: Write) -> None:
    path = write(
        """
dataset: {name: mnist, val_fraction: 2}
model: resnet
training: {epoch: 4, lr: -1, momentum: 2, precision: fp16, freeze_epochs: 50}
space: {radius: {shape: sinus}}
search: {sampler: bayes, trials: 0}
budget: {hours: -1}
"""
    )
    found = mistakes(path)
    assert [line.split(": ")[1] for line in found] == [
        "training.epoch",
        "dataset.val_fraction",
        "space.radius.shape",
        "search.sampler",
        "search.trials",
        "budget.hours",
        "training.lr",
        "training.momentum",
        "training.freeze_epochs",
        "training.precision",
        "model.name",
    ]
    assert (
        "mine.yaml: search.sampler: must be one of random, grid, qmc, tpe, gp, cmaes, nsga2 (did you mean tpe?)"
        in (found[3].partition(", but got")[0])
    )
    assert "mine.yaml: training.epoch: is no setting here (did you mean epochs?)" in found


def test_what_only_follows_from_a_wrong_length_is_not_told(write: Write) -> None:
    path = write(
        MINE.replace("epochs: 8", "epochs: -8").replace("  radius:", "  timing: {switch_epoch: 20}\n  radius:")
    )
    assert mistakes(path) == ["mine.yaml: training.epochs: must be >= 1, but got -8"]


def test_a_wrong_length_leads_to_no_mistake_of_a_baseline(write: Write) -> None:
    tuned = "space:\n  training: {lr: {loguniform: [0.01, 1]}}"
    text = MINE.replace("epochs: 8, ", "epochs: 4.5, ").replace(", lr: 5e-2", "").replace("space:", tuned)
    path = write(f"{text}baselines: [sgd, pugd]\n")
    assert mistakes(path) == ["mine.yaml: training.epochs: must be an integer, but got 4.5"]


def test_a_misspelt_setting_is_not_missing_too(write: Write) -> None:
    path = write(MINE.replace("{name: digits}", "{nam: digits}"))
    assert mistakes(path) == ["mine.yaml: dataset.nam: is no setting here (did you mean name?)"]


def test_mistakes_of_overrides_and_of_the_file_are_told_with_their_places(write: Write) -> None:
    path = write(MINE.replace("trials: 4", "trials: 0"))
    assert sorted(mistakes(path, "training.lr=-1")) == [
        "--set: training.lr: must be > 0 and finite, but got -1.0",
        "mine.yaml: search.trials: must be >= 1, but got 0",
    ]


def test_what_the_machine_lacks_is_told_beside_other_mistakes(write: Write) -> None:
    path = write(MINE.replace("model: small", "model: no_module:net\ntrack: [wandb]").replace("lr: 5e-2", "lr: 0"))
    found = mistakes(path)
    assert found[0].startswith("mine.yaml: training.lr: must be > 0")
    assert any("model.name: must name an importable package" in line for line in found[1:])


def test_the_command_line_prints_each_in_a_line_and_ends_with_2(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(MINE.replace("trials: 4", "trials: 0").replace("lr: 5e-2", "lr: 0"))
    monkeypatch.setattr(sys, "argv", ["rts-search", "check", path])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert capsys.readouterr().err.splitlines() == [
        f"rts-search: {path}: training.lr: must be > 0 and finite, but got 0.0",
        f"rts-search: {path}: search.trials: must be >= 1, but got 0",
    ]


def test_a_misspelt_setting_is_checked_as_the_one_that_was_meant(write: Write) -> None:
    assert mistakes(write(MINE.replace("epochs: 8", "epoch: -8"))) == [
        "mine.yaml: training.epoch: is no setting here (did you mean epochs?)",
        "mine.yaml: training.epochs: must be >= 1, but got -8",
    ]


@pytest.mark.parametrize(
    "content",
    ["dataset: {name: digits}\nspace: 3", "dataset: 3", "dataset: {name: digits}\nbaselines: [{name: x}, y, 3]"],
)
def test_odd_content_ends(write: Write, content: str) -> None:
    found = mistakes(write(content))
    assert 1 <= len(found) <= 20
    assert len(set(found)) == len(found)
