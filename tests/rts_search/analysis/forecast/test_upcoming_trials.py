"""The epochs that a sweep will need, and those that its trials share."""

from pathlib import Path

import pytest

from rts_search.analysis.forecast.upcoming_trials import charged, planned_configs, planned_trials, spent, stored_keys
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import load_sweep

FACTS = DataFacts("fingerprint", 8, 256, 64, 360)


def sweep_of(*settings: str) -> SweepFile:
    return load_sweep("digits", settings)


def grid(switch_epochs: str, *settings: str) -> SweepFile:
    """Trials of 40 epochs, four radii for each switch epoch."""
    space = f"space={{radius: {{value: [0.5, 1.0, 1.5, 2.0]}}, timing: {{switch_epoch: {switch_epochs}}}}}"
    return sweep_of("training.epochs=40", space, "search={sampler: grid}", "baselines=[]", *settings)


def costs(sweep: SweepFile) -> tuple[int, int]:
    """Charged and spent in epochs' worth of steps."""
    trials = planned_trials(planned_configs(sweep), FACTS.fingerprint, sweep.store.sharing != "off", 0.5)
    return charged(trials, 1), spent(trials, 1)


# By hand: charged is the sum over trials of 40 + (40 - switch); spent is the longest SGD run, trained once, and
# 2 * (40 - switch) for every trial, since trials of different radius have no PUGD epoch in common.
@pytest.mark.parametrize(
    ("switch_epochs", "wanted"), [("[0, 8, 16, 24, 32, 36]", (1456, 1028)), ("[30, 32, 34, 36, 38]", (920, 278))]
)
def test_common_epochs_are_spent_once(switch_epochs: str, wanted: tuple[int, int]) -> None:
    assert costs(grid(switch_epochs)) == wanted
    assert costs(grid(switch_epochs, "store.sharing=off")) == (wanted[0], wanted[0])


def test_a_schedule_that_begins_alike_shares_its_first_epoch() -> None:
    space = "space={radius: {shape: cosine, beta_min: [0.1, 0.2], beta_max: 1}}"
    assert costs(sweep_of("training.epochs=3", space, "search={sampler: grid}", "baselines=[]")) == (12, 10)


@pytest.mark.parametrize("sampler", ["random", "grid"])
def test_points_drawn_in_advance_are_those_that_the_sweep_draws(tmp_path: Path, sampler: str) -> None:
    space = "space={radius: {value: [0.5, 1.0, 1.5, 2.0]}, timing: {switch_epoch: [0, 3, 6]}}"
    sweep = sweep_of(space, f"search={{sampler: {sampler}, trials: 9}}")
    study = SweepStudy.create(f"sqlite:///{tmp_path / 'one.sqlite3'}", sweep, FACTS)
    drawn = [study.open_trials.begin() for _ in range(study.total)]
    for variant in (0, 1):
        planned = planned_configs(sweep, variant)
        assert planned == [(entry.baseline, entry.settings) for entry in drawn]


def test_points_that_depend_on_results_differ_from_variant_to_variant() -> None:
    one, two = (planned_configs(sweep_of(), variant) for variant in (0, 1))
    assert one[:10] == two[:10], "tpe's first trials depend on no result"
    assert one[10:] != two[10:]
    assert len(one) == len(two) == 27


def test_an_adaptive_rule_switches_where_it_is_assumed_to() -> None:
    timing = "{rule: generalization_gap, base_epochs: 2, ratio: 2.0, period: 1}"
    sweep = sweep_of("training.epochs=8", f"space={{timing: {timing}}}", "search={sampler: grid}", "baselines=[]")
    configs = planned_configs(sweep)
    for switch, wanted in ((0.0, 16), (0.5, 12), (1.0, 8)):
        assert charged(planned_trials(configs, "", True, switch), 1) == wanted


def test_stored_epochs_are_not_spent_again(tmp_path: Path) -> None:
    from tests.rts_search.store.swept import EPOCHS, FACTS, Results, Swept

    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    configs = planned_configs(study.sweep)
    trials = planned_trials(configs, FACTS.fingerprint, True, 0.5)
    assert stored_keys(configs, FACTS.fingerprint, swept.store, "here", "same_device") == frozenset()
    swept.train(study, records=True)
    found = stored_keys(configs, FACTS.fingerprint, swept.store, "here", "same_device")
    assert found == {epoch.key for epoch in trials[0].epochs}
    assert spent(trials, 1, found) == spent(trials, 1) - EPOCHS
    assert stored_keys(configs, FACTS.fingerprint, swept.store, "elsewhere", "same_device") == frozenset()
    assert stored_keys(configs, FACTS.fingerprint, swept.store, "elsewhere", "any") == found
    assert stored_keys(configs, FACTS.fingerprint, swept.store, "here", "off") == frozenset()


def test_the_steps_between_pugd_steps_and_the_epochs_after_it_cost_one_gradient() -> None:
    space = "space={timing: {switch_epoch: 2, every: [1, 3], stop_epoch: [6, 8]}}"
    sweep = sweep_of("training.epochs=8", space, "search={sampler: grid}", "baselines=[]")
    trials = planned_trials(planned_configs(sweep), FACTS.fingerprint, True, 0.5)
    # 10 steps an epoch: of the steps 20 to 59 every third is 14, and of the steps 20 to 79 it is 20.
    assert [charged([trial], 10) for trial in trials] == [80 + 40, 80 + 60, 80 + 13, 80 + 20]
    # Shared: two epochs of SGD by all, and the epochs until the stop by those with the same steps.
    assert spent(trials, 10) == 20 + (80 + 20 + 40) + (40 + 13 + 20 + 20 + 7)
    assert {epoch.phase for epoch in trials[0].epochs[6:]} == {"sgd"}
