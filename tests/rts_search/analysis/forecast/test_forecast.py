"""The forecast of a sweep, and its error once the sweep has ended."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis.forecast.costs import Costs
from rts_search.analysis.forecast.estimate import forecast
from rts_search.analysis.forecast.forecast import Forecast, settings_digest
from rts_search.analysis.forecast.forecast_error import record_real_costs, told
from rts_search.analysis.forecast.upcoming_trials import PlannedEpoch
from rts_search.basics.results_folder import Results, SweepPaths
from rts_search.study.successive_halving import Halving
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.analysis.forecast.test_upcoming_trials import FACTS, grid
from tests.rts_search.store.swept import Swept, all_of
from trainables.core.history.lineage import full_cost

COSTS = Costs(
    sgd_step=0.01,
    pugd_step=0.018,
    validation=0.1,
    test=0.2,
    state=0.5,
    epoch=0.05,
    trial=0.5,
    start=10.0,
    worker=4.0,
    state_bytes=1000,
    memory_bytes=10**9,
    gpu_memory_bytes=0,
    cluster_bytes=16 * 10**9,
)


def of(sweep: SweepFile, concurrent: int = 2) -> Forecast:
    dearest = full_cost(sweep.training.epochs, FACTS.steps_per_epoch)
    return forecast(sweep, FACTS, concurrent, COSTS, lambda: Halving.of_sweep(sweep, dearest))


def test_without_randomness_the_forecast_is_exact() -> None:
    sweep = grid("[0, 8, 16, 24, 32, 36]", "scheduler=none")
    found = of(sweep)
    assert (found.plays, found.charged, found.spent) == (1, 8 * 1456, 8 * 1028)
    assert (found.charged_to_the_end, found.spent_to_the_end) == (found.charged, found.spent)
    assert found.spent_range == (found.spent, found.spent)
    assert "11,648 charged, 8,224 spent (29 % saved by shared epochs" in found.lines()[1]


def test_an_adaptive_rule_gives_an_interval() -> None:
    timing = "{rule: generalization_gap, base_epochs: 2, ratio: 2.0, period: 1}"
    settings = ("training.epochs=8", f"space={{timing: {timing}}}", "search={sampler: grid}", "scheduler=none")
    found = of(load_sweep("digits", [*settings, "baselines=[]"]))
    assert (found.spent_range, found.spent) == ((8 * 8, 8 * 16), 8 * 12)
    assert "assumed to start PUGD after 50% of the epochs" in found.lines()[-1]


@pytest.mark.parametrize(("keep", "states"), [("all", 36 + 4 * 124), ("branch", 5 + 24), ("best", 1)])
def test_disk_space_is_that_of_the_kept_states(keep: str, states: int) -> None:
    found = of(grid("[0, 8, 16, 24, 32, 36]", "scheduler=none", f"store.keep={keep}"))
    records = (36 + 4 * 124) * (700 + 20 * 8)
    assert found.disk_bytes == states * 1000 + records


def test_an_epoch_takes_its_steps_its_validation_and_its_share_of_writing_a_state() -> None:
    sgd, amp = PlannedEpoch("a", "sgd", 1), PlannedEpoch("b", "amp", 3)
    assert COSTS.seconds(sgd, 100, 0.0) == pytest.approx(1.0 + 0.1 + 0.05 + 0.5)
    assert COSTS.seconds(amp, 100, 1e9) == pytest.approx(2.6 + 0.1 + 0.05)
    assert COSTS.seconds(sgd, 100, 2.2) == pytest.approx(1.0 + 0.1 + 0.05 + 0.25), "a state after every second epoch"


def test_hours_are_those_of_the_occupied_cpus_and_gpus() -> None:
    found = replace(of(grid("[0]")), seconds=1800.0, concurrent=4, cpus_per_trial=2.0, gpus_per_trial=0.5)
    assert (found.hours_of_cpus, found.hours_of_gpus) == (4.0, 1.0)


def test_other_resources_are_the_same_sweep_and_other_settings_are_not() -> None:
    digest = settings_digest(load_sweep("digits"))
    assert settings_digest(load_sweep("digits", ["resources.cpus_per_trial=2"])) == digest
    assert settings_digest(load_sweep("digits", ["training.epochs=13"])) != digest
    assert settings_digest(load_sweep("digits", ["resources.max_concurrent_trials=1"])) != digest


def test_the_forecast_counts_the_confirmation_apart_from_the_sweep() -> None:
    found = of(grid("[8, 24]", "scheduler=none", "baselines=[sgd, pugd]"), concurrent=4)
    confirmation = found.confirmation
    assert confirmation is not None
    assert (confirmation.in_file, confirmation.runs) == (False, (9 + 5 * 3, 9 + 5 * (3 + 2 * 2)))
    assert confirmation.gradient_evaluations == (8 * (24 * 56), 8 * (44 * 72))
    run = 0.5 + 8 * (8 * 0.01 + 0.65) + 32 * (8 * 0.018 + 0.65)
    assert confirmation.seconds[1] > 10.0 + 3 * run + 2 * 4.0
    assert found.charged == of(grid("[8, 24]", "scheduler=none", "baselines=[sgd, pugd]")).charged
    told = "\n".join(found.lines())
    assert (
        "By its defaults, `rts-search confirm digits` would take:\n  runs                  24 to 44 to full length"
        in told
    )
    assert "with the sweep" not in told


def test_with_the_section_the_forecast_covers_the_whole_launch() -> None:
    found = of(grid("[0]", "scheduler=none", "baselines=[pugd]", "confirm={top_k: 1, seeds: 4}"), concurrent=4)
    assert found.confirmation is not None
    one = 0.5 + 40 * (8 * 0.018 + 0.65)
    assert found.confirmation.seconds == pytest.approx([10.0 + 4.0 + 2 * one + 4.0 + 0.2 * 2] * 2, abs=0.5)
    evaluations = found.spent + 8 * 2 * 4 * 80
    assert found.confirmation.with_sweep["gradient_evaluations"] == (evaluations, evaluations)
    assert f"  with the sweep        {evaluations:,} gradient evaluations, " in found.lines()[-1]


def test_a_budget_limits_the_confirmation_in_the_total() -> None:
    section = "confirm={top_k: 1, seeds: 4, budget: {gradient_evaluations: 512}}"
    found = of(grid("[0]", "scheduler=none", "baselines=[pugd]", section), concurrent=4)
    assert found.confirmation is not None
    assert found.confirmation.with_sweep["gradient_evaluations"][1] == found.spent + 512
    added = found.confirmation.with_sweep["seconds"][1] - found.seconds
    assert added == pytest.approx(found.confirmation.seconds[1] / 10)
    assert "  confirm.budget ends it at 512 gradient evaluations." in found.lines()


def test_a_forecast_is_read_back_from_its_file_also_of_earlier_versions() -> None:
    found = of(grid("[0, 8]", "baselines=[sgd]", "confirm={budget: {hours: 2}}"))
    written = json.loads(json.dumps(found.to_dict()))
    assert Forecast.from_dict(written) == found
    del written["confirmation"]
    assert Forecast.from_dict(written) == replace(found, confirmation=None)
    assert of(grid("[0]")).confirmation is None, "it has no baselines"


def planned_as(paths: SweepPaths, found: Forecast) -> None:
    paths.folder.mkdir(parents=True, exist_ok=True)
    paths.plan_json.write_text(json.dumps(found.to_dict()))


def test_after_the_sweep_a_sentence_gives_the_error_of_the_forecast(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine", "scheduler=none")
    paths = swept.results.sweep("mine")
    all_of(swept, study)
    record_real_costs(study, paths, 60.0)
    assert told(paths) == "", "nothing was forecast"
    planned_as(paths, replace(of(study.sweep), charged=352, spent=160, seconds=45.0))
    assert told(paths) == ""
    record_real_costs(study, paths, 60.0)
    assert told(paths) == (
        "Against the forecast: 320 gradient evaluations charged (352 forecast, 10 % too high), 320 gradient "
        "evaluations spent (160 forecast, 50 % too low), 1.0 min (45 s forecast, 25 % too low)."
    )
    record_real_costs(study, paths, None)
    assert "min" not in told(paths), "an interrupted sweep's time is not known"


@pytest.mark.slow
def test_a_forecast_of_other_settings_is_not_compared(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    paths = swept.results.sweep("mine")
    all_of(swept, study)
    planned_as(paths, of(grid("[0, 36]", "scheduler=none")))
    record_real_costs(study, paths, 60.0)
    assert told(paths) == ""
    paths.plan_json.write_text("{")
    record_real_costs(study, paths, 60.0)
    assert told(paths) == ""


def test_an_epoch_takes_its_recording_once_and_its_steps_each() -> None:
    recorded = replace(COSTS, sgd_recording=2.0, pugd_recording=5.0)
    epochs = [PlannedEpoch("", "", gradients) for gradients in (1, 2, 3)]
    more = [recorded.seconds(epoch, 10, 0.0) - COSTS.seconds(epoch, 10, 0.0) for epoch in epochs]
    assert more == pytest.approx([2.0, 5.0, 8.0])
    found = replace(of(grid("[0, 36]", "scheduler=none")), costs=recorded)
    assert "18.0 ms of PUGD, fused, once recorded, which takes up to 5 s an epoch; validation" in found.lines()[3]


def test_a_forecast_of_a_version_without_recordings_is_read() -> None:
    values = of(grid("[0, 36]", "scheduler=none")).to_dict()
    for name in ("sgd_recording", "pugd_recording"):
        del values["costs"][name]
    assert Forecast.from_dict(values).costs == COSTS
