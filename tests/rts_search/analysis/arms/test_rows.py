"""The table of arms: effort, cost and best of each, and what a reader must know besides."""

from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis.arms.edges import edges
from rts_search.analysis.arms.effort import unequal_effort
from rts_search.analysis.arms.rows import settings_of
from rts_search.analysis.arms.untuned import untuned
from rts_search.analysis.best_config import best_export
from rts_search.analysis.tables import Tables
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.arms import Arm, arms_of
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.study.samplers.trials import in_memory
from tests.rts_search.sweep.test_arms import FAIR
from tests.rts_search.sweep_files import Write
from trainables.core.settings.config import ScheduleConfig, TrialConfig

SETTINGS = ("baselines=[sgd, sam]", "search.trials=3", "scheduler=none")


def finish(study: SweepStudy, entry: TrialEntry, val_acc: float) -> None:
    kept = EpochEntry(0, f"key{entry.number}", "here", entry.number % 2 == 0, 10, val_acc)
    study.open_trials.record_epoch(entry.number, kept)
    study.open_trials.finish(entry.number, "COMPLETE")


@pytest.fixture
def study(write: Write) -> SweepStudy:
    made = in_memory(load_sweep(write(FAIR), SETTINGS))
    for number in range(made.total):
        finish(made, made.open_trials.begin(), 0.5 + number / 100)
    return made


def test_every_arm_has_its_effort_its_cost_and_its_best(study: SweepStudy, tmp_path: Path) -> None:
    rts, sgd, sam = Tables(study, str(tmp_path)).arms()
    assert [(row.arm, row.trials, row.begun, row.completed) for row in (rts, sgd, sam)] == [
        ("rts", 3, 3, 3),
        ("sgd", 3, 3, 3),
        ("sam", 3, 3, 3),
    ]
    assert [row.best for row in (rts, sgd, sam)] == [6, 7, 8]
    assert [(row.charged, row.spent, row.epochs) for row in (rts, sgd, sam)] == [(30, 20, 6), (30, 10, 12), (30, 20, 6)]
    assert sam.settings.startswith("radius.value 0.")
    assert "lr" in sgd.settings
    text = Tables(study, str(tmp_path)).markdown()
    assert "Every arm gets the same number of trials." in text
    assert "| 8 (sam) |" in text


def test_the_table_of_trials_has_the_arm_where_arms_are_tuned(study: SweepStudy, tmp_path: Path) -> None:
    frame = Tables(study, str(tmp_path)).trials()
    assert list(frame["arm"][:3]) == ["rts", "sgd", "sam"]
    alone = in_memory(load_sweep("digits", ["search.trials=1"]))
    alone.open_trials.begin()
    assert "arm" not in Tables(alone, str(tmp_path)).trials()
    assert Tables(alone, str(tmp_path)).arms() == []


def test_an_arm_that_was_added_later_is_named(study: SweepStudy) -> None:
    assert unequal_effort(study.sweep, study.trials()) == []
    study.extend(4)
    for _ in range(3):
        study.open_trials.begin()
    assert unequal_effort(study.sweep, study.trials()) == []
    study.extend(4, "asam")
    study.open_trials.begin()
    assert unequal_effort(study.sweep, study.trials()) == [
        "unequal numbers of trials: rts 4, sgd 4, sam 4, asam 1",
        "asam was added or extended later",
    ]


def test_every_kind_of_unequal_effort_is_named(write: Write) -> None:
    own = "baselines=[{name: sgd, training: {momentum: 0.5}}, {name: sam, space: {radius: {value: [0.1, 0.2]}}}]"
    sweep = load_sweep(write(FAIR), [own, "search={sampler: tpe, trials: 3, effort: {sgd: 6}, warm_start: before}"])
    assert unequal_effort(sweep, []) == [
        "unequal numbers of trials: rts 0, sgd 0, sam 0",
        "rts began with the results of before",
        "sgd has fixed settings (momentum)",
        "sam has a space of its own",
    ]
    assert unequal_effort(load_sweep("digits"), []) == []


def test_baselines_without_tuning_are_said_to_be_untuned(write: Write, tmp_path: Path) -> None:
    assert untuned(load_sweep("digits")) == "untuned, at lr 0.05"
    own = load_sweep("digits", ["baselines=[pugd, {name: sgd, training: {lr: 0.1}}]"])
    assert untuned(own) == "untuned, pugd at lr 0.05, sgd at lr 0.1"
    assert untuned(load_sweep(write(FAIR))) == untuned(load_sweep("digits", ["baselines=[]"])) == ""
    alone = in_memory(load_sweep("digits", ["search.trials=1"]))
    assert "The baselines are untuned, at lr 0.05." in Tables(alone, str(tmp_path)).markdown()
    for _ in range(4):
        finish(alone, alone.open_trials.begin(), 0.5)
    provenance = best_export(alone, Tables(alone, str(tmp_path)), arm="sgd")["provenance"]
    assert (provenance["arm"], provenance["trial"], provenance["selected_among"]) == ("sgd", 0, 1)
    assert provenance["baselines"] == "untuned, at lr 0.05"


def config_of(arm: Arm, lr: float, **training: float) -> TrialConfig:
    point = arm.space.draw(lambda name, domain: lr if name == "training.lr" else domain.extremes[-1])
    config = arm.config(point)
    return replace(config, training=replace(config.training, **training))  # type: ignore[arg-type]


def test_a_best_on_the_edge_of_its_space_is_named(write: Write) -> None:
    rts, sgd, sam = arms_of(load_sweep(write(FAIR), SETTINGS))
    assert edges(sgd, config_of(sgd, 0.1, momentum=0.9)) == ["training.momentum 0.9 (highest)"]
    assert edges(sgd, config_of(sgd, 0.1, momentum=0.0)) == [], "no momentum is lower than 0"
    assert edges(sgd, config_of(sgd, 0.0105, momentum=0.0)) == ["training.lr 0.0105 (lowest)"]
    assert edges(sgd, config_of(sgd, 0.0115, momentum=0.0)) == [], "more than 2 % of the logarithmic range"
    assert edges(sgd, config_of(sgd, 1.0, momentum=0.0)) == ["training.lr 1 (highest)"]
    at_end = replace(config_of(sam, 0.1, momentum=0.0), radius=ScheduleConfig(value=0.2))
    assert edges(sam, at_end) == ["radius.value 0.2 (highest)"]
    assert edges(rts, config_of(rts, 0.1, momentum=0.0)) == ["timing.switch_epoch 4 (highest)"]
    assert settings_of(rts, config_of(rts, 0.1, momentum=0.0)) == "timing.switch_epoch 4, lr 0.1, momentum 0"
