"""The smallest and the largest confirmation that a sweep file allows, computed by hand."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from rts_search.analysis.confirmation.equal_cost import equal_cost_baseline, with_seed
from rts_search.analysis.confirmation.extent import trial_costs
from rts_search.analysis.confirmation.forecast import Scope, scope
from rts_search.analysis.forecast.upcoming_trials import planned_configs, planned_trials
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.data_facts import DataFacts
from rts_search.sweep.confirm_section import ConfirmConfig
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.analysis.confirmation import played
from tests.rts_search.analysis.confirmation.played_arms import PlayedArms, by_arm

STEPS = 36
FACTS = DataFacts("fingerprint", STEPS, 1151, 287, 359)
ADAPTIVE = "space={timing: {rule: generalization_gap, base_epochs: 2, ratio: 2.0, period: 1}}"


def of(*settings: str) -> Scope:
    found = scope(load_sweep("digits", settings))
    assert found is not None
    return found


def test_by_default_up_to_69_runs_follow_a_sweep_of_24_trials() -> None:
    found = of()
    assert not found.in_file
    assert found.runs == (3 * 3 + 5 * (1 + 3), 3 * 3 + 5 * 3 * (1 + 3)) == (29, 69)
    # Of 12 epochs, PUGD from epoch 9 on costs 15 epochs of SGD, from epoch 0 on 24; pugd faces 15 with 8 epochs, 16.
    assert found.gradient_evaluations(STEPS) == (
        STEPS * (9 * 15 + 5 * (15 + 15 + 15 + 16)),
        STEPS * (9 * 24 + 5 * 3 * (24 + 24 + 24 + 24)),
    )


def test_a_trial_of_path_sgd_costs_as_much_as_one_of_sgd() -> None:
    kinds = "space={{timing: {{switch_epoch: [0, 6], every: [1, 2]}}, perturbation: {{kind: {}}}}}"
    spaces = [load_sweep("digits", [kinds.format(kind)]).space for kind in ("path_sgd", "[path_sgd, pugd]", "pugd")]
    assert [trial_costs(space, 12)[:2] for space in spaces] == [(12, 12), (12, 24), (15, 24)]


def test_one_contender_needs_no_screening() -> None:
    found = of("confirm={top_k: 1, seeds: 8}", "space=radius")
    assert (found.runs, found.screening_seeds, found.in_file) == ((32, 32), 0, True)
    assert found.gradient_evaluations(STEPS) == (STEPS * 32 * 24, STEPS * 32 * 24)


def test_contenders_of_one_cost_share_their_baselines() -> None:
    assert of("space=radius").runs == (29, 9 + 15 + 15)
    assert of("space={timing: {switch_epoch: [3, 6]}}").runs == (29, 9 + 15 + 2 * 15), "two costs among three"
    assert of("space={timing: {switch_epoch: {integer: [0, 12]}}}").runs == (29, 69)


@pytest.mark.parametrize(
    ("space", "lowest", "highest"),
    [
        ("space={timing: {switch_epoch: [3, 6]}}", 18, 21),
        (ADAPTIVE, 12, 24),
        (
            "space={timing: {rule: [epoch, gradient_variance], switch_epoch: [6], window: 8, decay: 0.5, start: 1}}",
            12,
            24,
        ),
        ("space={radius: {value: [0.0, 1.0]}}", 12, 24),
        ("space={radius: {shape: sine, beta_min: 0.0, beta_max: 1.0}}", 12, 24),
        ("space={radius: {shape: [constant, sine], value: 1.0, beta_min: 0.1, beta_max: 1.0}}", 24, 24),
    ],
)
def test_a_contender_costs_what_its_space_allows(space: str, lowest: int, highest: int) -> None:
    found = of(space, "baselines=[sgd]", "confirm={top_k: 1}")
    assert found.gradient_evaluations(1) == (5 * 2 * lowest, 5 * 2 * highest)


def test_a_baseline_gets_whole_epochs_never_less_than_its_contender() -> None:
    found = of(
        "confirm={top_k: 1}", "space={timing: {switch_epoch: 3}}", "baselines=[sgd, pugd, {name: amp, inner_steps: 4}]"
    )
    assert found.gradient_evaluations(1)[1] == 5 * (21 + 21 + 22 + 25)


def test_of_planned_looks_the_first_may_decide_and_the_last_is_the_most() -> None:
    found = of("confirm={looks: [3, 5, 8]}")
    assert found.looks == (3, 5, 8)
    assert found.runs == (9 + 3 * 4, 9 + 8 * 3 * 4)


def test_no_more_contend_than_there_are_trials_and_a_note_says_so() -> None:
    found = of("search.trials=2", "confirm={top_k: 5}")
    assert (found.contenders, found.runs) == (2, (26, 2 * 3 + 5 * 2 * 4))
    assert found.notes == ["confirm.top_k is 5, but the sweep has only 2 trials"]
    assert of("search.trials=1", "confirm={}").runs == (20, 20), "one trial is not screened"
    assert of("search.trials=2").notes == [], "nobody has asked for more"


def test_a_budget_bounds_it() -> None:
    budget = "confirm={budget: {gradient_evaluations: 20000, hours: 1.5, gpu_hours: 3}}"
    found = of(budget, "resources.gpus_per_trial=0.5")
    assert found.notes == ["confirm.budget ends it at 20,000 gradient evaluations or 3 GPU hours or 1.5 hours"]
    assert found.within("gradient_evaluations", 59616) == 20000
    assert found.within("gradient_evaluations", 19999) == 19999
    assert "59,616 gradient evaluations; 42,464 with the sweep" in found.sentence("digits", STEPS, 22464)


def test_without_baselines_there_is_nothing_to_forecast() -> None:
    assert scope(load_sweep("digits", ["baselines=[]"])) is None


def test_numbers_of_any_size_are_computed_at_once() -> None:
    found = of("search.trials=100000", "training.epochs=100000", "confirm={top_k: 100000, seeds: 1000}")
    assert found.runs[1] > 10**8


def real_cost(sweep: SweepFile, contenders: tuple[int, ...]) -> tuple[int, int]:
    """Runs and gradient evaluations when these trials of the sweep contend and all of them stay."""
    settings, searched = of("confirm={}").settings, len(sweep.baselines)
    configs = [config for _, config in planned_configs(sweep)[searched:]]
    chosen = [configs[number] for number in contenders]
    costs = [
        sum(e.gradients for e in trial.epochs) for trial in planned_trials([("", c) for c in chosen], "", True, 0.5)
    ]
    runs = [with_seed(config, 1000 + seed) for config in chosen for seed in range(settings.screening_seeds)]
    for seed in range(settings.seeds):
        runs += [with_seed(config, seed) for config in chosen]
        runs += [
            equal_cost_baseline(sweep, one, cost * STEPS, STEPS, seed) for one in sweep.baselines for cost in costs
        ]
    different = {repr(run): run for run in runs}.values()
    trials = planned_trials([("", run) for run in different], "", True, 0.5)
    return len(trials), STEPS * sum(epoch.gradients for trial in trials for epoch in trial.epochs)


def test_the_bound_holds_for_the_trials_of_a_sweep_and_is_reached() -> None:
    sweep = load_sweep("digits", ["space={timing: {switch_epoch: [0, 3, 6, 9]}}", "search={sampler: grid}"])
    found = of()
    reached = [real_cost(sweep, contenders) for contenders in itertools.combinations(range(4), 3)]
    most = found.gradient_evaluations(STEPS)[1]
    assert max(runs for runs, _ in reached) == found.runs[1]
    assert 0.8 * most < max(evaluations for _, evaluations in reached) <= most
    assert real_cost(load_sweep("digits", ["space=radius"]), (0, 1, 2)) == (39, STEPS * 39 * 24)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("space", "runs"),
    [
        (played.SPACE, 9 + 9 + 3 * 2),
        pytest.param(
            "space={radius: {value: [0.5, 2.0]}, timing: {switch_epoch: [0, 1]}}",
            9 + 9 + 3 * 2 * 2,
            marks=pytest.mark.campaign,
        ),
        pytest.param(played.RULED, 9 + 9 + 3 * 2 * 3, marks=pytest.mark.campaign),
    ],
)
def test_no_confirmation_trains_more_than_was_forecast_or_less(tmp_path: Path, space: str, runs: int) -> None:
    for number, end in enumerate((played.reaching(), played.reaching(t3=0.95))):
        sweep = played.Played.at(
            tmp_path, name=f"sweep{number}", space=space, settings=("confirm={seeds: 3}",)
        ).searched()
        found = scope(sweep.sweep.sweep)
        assert found is not None
        assert found.runs == (9 + 3 + 3 * 2, runs)
        sweep.confirm(end, top_k=3, seeds=3)
        trained = ConfirmationStudy.load(sweep.url, sweep.name).trials()
        least, most = found.gradient_evaluations(played.FACTS.steps_per_epoch)
        assert found.runs[0] <= len(trained) <= found.runs[1]
        assert least <= sum(entry.cost for entry in trained) <= most
        if number or space == played.SPACE:
            assert len(trained) == found.runs[1 - number], "all of one cost stay, or one alone"


@pytest.mark.parametrize(
    ("changes", "settings", "runs"),
    [
        pytest.param({}, {"top_k": 2, "seeds": 3, "screening_seeds": 2}, 3 * (2 * 2 + 3), marks=pytest.mark.campaign),
        ({}, {"top_k": 1, "seeds": 3, "at": "own_cost"}, 3 * 3),
        ({"baselines": ["sgd"]}, {"top_k": 1, "seeds": 4}, 2 * 4),
    ],
)
def test_the_confirmation_of_tuned_arms_trains_and_costs_what_was_forecast(
    changes: dict[str, Any], settings: dict[str, Any], runs: int, tmp_path: Path
) -> None:
    sweep = PlayedArms.of(tmp_path, **changes)
    found = scope(sweep.sweep.sweep.model_copy(update={"confirm": ConfirmConfig(**settings)}))
    assert found is not None
    sweep.confirm(by_arm(rts=0.93), **settings)
    assert found.runs == (runs, runs) == (len(sweep.trained), len(sweep.trained))
    spent = sum(entry.cost for entry in ConfirmationStudy.load(sweep.url, "mine").trials())
    assert found.gradient_evaluations(played.FACTS.steps_per_epoch) == (spent, spent)
    assert found.at_most(8)["arms"] == dict.fromkeys(["rts", *sweep.sweep.sweep.efforts], settings["top_k"])


def test_the_bounds_hold_where_only_some_steps_are_pugd_steps() -> None:
    settings = ("space={timing: {switch_epoch: [0, 5], every: [3, 5], stop_epoch: [7, 12]}}", "search={sampler: grid}")
    sweep = load_sweep("digits", [*settings, "baselines=[sgd]", "confirm={top_k: 1, seeds: 3}"])
    found = scope(sweep)
    assert found is not None
    configs = [config for _, config in planned_configs(sweep)[1:]]
    trials = planned_trials([("", config) for config in configs], "", True, 0.5)
    costs = {sum(epoch.evaluations(STEPS) for epoch in trial.epochs) for trial in trials}
    least, most = (3 * (cost + STEPS * -(-cost // STEPS)) for cost in (min(costs), max(costs)))
    lowest, highest = found.gradient_evaluations(STEPS)
    assert least - 3 <= lowest <= least, "within one gradient evaluation of each run"
    assert most <= highest <= most + 3
