"""The sampler of an arm sees the trials of its arm alone: it draws what it would draw in a sweep without other arms."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from rts_search.study.data_facts import DataFacts
from rts_search.study.optuna_internals import storage_of
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.study.samplers.trials import in_memory
from tests.rts_search.sweep.test_arms import FAIR
from tests.rts_search.sweep_files import Write

pytestmark = pytest.mark.slow

TRIALS = {"random": 6, "qmc": 6, "tpe": 13, "gp": 13, "cmaes": 13}
"""Trials of each arm by sampler; those that learn have 10 before they do."""
SETTINGS = ("scheduler=none", "search.trials=13")
NUMBERS = "space={training: {lr: {loguniform: [0.01, 1.0]}, momentum: {uniform: [0.0, 0.9]}}}"


def val_acc(entry: TrialEntry) -> float:
    """Best near a learning rate that depends on the arm."""
    best = {"rts": 0.1, "sgd": 0.05, "sam": 0.5}[entry.arm]
    return max(0.0, 1.0 - abs(entry.settings.training.lr - best))


def end(study: SweepStudy, entry: TrialEntry) -> None:
    kept = EpochEntry(0, f"key{entry.number}", "here", True, 8, val_acc(entry))
    study.open_trials.record_epoch(entry.number, kept)
    study.open_trials.finish(entry.number, "COMPLETE")


def drawn(study: SweepStudy) -> dict[str, list[dict[str, Any]]]:
    """Arm -> the configs of its trials, each of which ends before the next is drawn."""
    found = defaultdict(list)
    for _ in range(study.total - len(study.trials())):
        entry = study.open_trials.begin()
        assert entry.config is not None
        found[entry.arm].append(entry.config)
        end(study, entry)
    return dict(found)


@pytest.mark.parametrize(
    "sampler", [pytest.param(one, marks=[pytest.mark.campaign] * (one in ("random", "gp", "cmaes"))) for one in TRIALS]
)
def test_an_arm_draws_the_same_whatever_the_other_arms_are(write: Write, sampler: str) -> None:
    path, search, trials = write(FAIR), f"search.sampler={sampler}", TRIALS[sampler]

    def arms(baselines: str) -> dict[str, list[dict[str, Any]]]:
        settings = (NUMBERS, search, "scheduler=none", f"search.trials={trials}", f"baselines=[{baselines}]")
        return drawn(in_memory(load_sweep(path, settings)))

    both, one, alone = arms("sgd, sam"), arms("sam"), arms("")
    assert {arm: len(configs) for arm, configs in both.items()} == dict.fromkeys(("rts", "sgd", "sam"), trials)
    assert both["sam"] == one["sam"]
    assert both["rts"] == one["rts"] == alone["rts"], "rts draws what it draws without arms"
    rates = {arm: [config["training"]["lr"] for config in configs] for arm, configs in both.items()}
    assert set(rates["rts"][:5]).isdisjoint(rates["sgd"]), "each arm has a seed of its own"


def test_the_grid_of_an_arm_is_its_own(write: Write) -> None:
    space = "space={training: {lr: [0.1, 0.2]}, timing: {rule: epoch, switch_epoch: [0, 2]}}"
    settings = (space, "search={sampler: grid}", "scheduler=none", "baselines=[sgd]")
    study = in_memory(load_sweep(write(FAIR), settings))
    points = [(entry.arm, entry.settings.training.lr, entry.settings.timing.switch_epoch) for entry in begun(study)]
    assert sorted(points) == [
        ("rts", 0.1, 0),
        ("rts", 0.1, 2),
        ("rts", 0.2, 0),
        ("rts", 0.2, 2),
        ("sgd", 0.1, 12),
        ("sgd", 0.2, 12),
    ]


def begun(study: SweepStudy) -> list[TrialEntry]:
    return [study.open_trials.begin() for _ in range(study.total)]


def test_two_objectives_in_every_arm(write: Write) -> None:
    settings = (NUMBERS, "search.sampler=nsga2", "scheduler=none", "search.trials=16", "baselines=[sgd]")
    study = in_memory(load_sweep(write(FAIR), settings))
    together = drawn(study)
    parents = {
        name: kept
        for name, kept in storage_of(study._study).get_study_system_attrs(study._study._study_id).items()
        if ":parent:" in name
    }
    alone = drawn(in_memory(load_sweep(write(FAIR), (*settings, "baselines=[]"))))
    assert together["rts"] == alone["rts"]
    numbers = {name.rpartition("parent:")[2]: set(kept) for name, kept in parents.items()}
    assert {"rts:1", "sgd:1"} <= numbers.keys()
    assert numbers["rts:1"].isdisjoint(numbers["sgd:1"]), "each arm has parents of its own"


@pytest.mark.parametrize("sampler", ["tpe", pytest.param("cmaes", marks=pytest.mark.campaign)])
def test_a_draw_that_was_cut_off_is_drawn_again_for_the_same_arm(tmp_path: Path, write: Write, sampler: str) -> None:
    settings = (NUMBERS, f"search.sampler={sampler}", *SETTINGS, "baselines=[sgd]")
    sweep, url = load_sweep(write(FAIR), settings), f"sqlite:///{tmp_path}/studies.sqlite3"
    whole = drawn(in_memory(sweep))
    SweepStudy.create(url, sweep, DataFacts("fingerprint", 8, 256, 64, 360))
    found = defaultdict(list)
    for number in range(sweep.total_trials):
        study = SweepStudy.load(url, sweep.name)
        if number % 5 == 2:
            # The driver died between the beginning of the trial and its draw.
            study._study._storage.create_new_trial(study._study._study_id, _template(study))
            study = SweepStudy.load(url, sweep.name)
            entry = study.open_trials.take_up(study.trials()[-1])
        else:
            entry = study.open_trials.begin()
        assert entry.config is not None
        found[entry.arm].append(entry.config)
        end(study, entry)
    assert dict(found) == whole


def _template(study: SweepStudy) -> Any:
    from rts_search.study.optuna_internals import _just_begun

    return _just_begun(study.open_trials.configs.beginning())
