"""A simulated sweep stops the same runs as a real one; its cost and loss are those of a known answer."""

import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rts_search.analysis.simulation import experiment
from rts_search.analysis.simulation.curves import Curves
from rts_search.analysis.simulation.draws import RandomDraws
from rts_search.analysis.simulation.experiment import Bench, Setting
from rts_search.analysis.simulation.recordings import read_curves
from rts_search.analysis.simulation.replay import replay, roads
from rts_search.cli import app
from rts_search.study.samplers import STARTUP_TRIALS
from rts_search.study.successive_halving import Halving
from rts_search.sweep.sections import SchedulerConfig
from tests.rts_search.analysis.simulation.recorded import EPOCHS, recorded

RAYS = {"smoothing_fraction": 0.0, "promotion": False}


@pytest.fixture
def curves(tmp_path: Path) -> Curves:
    return read_curves(recorded(tmp_path, noise=0.02))


def asha(grace: float, factor: float, **more: object) -> SchedulerConfig:
    return SchedulerConfig.model_validate({"grace_fraction": grace, "reduction_factor": factor, **RAYS, **more})


def epoch_by_epoch(curves: Curves, asked: SchedulerConfig, seed: int) -> dict[int, int]:
    """Epochs of every run of a sweep that trains one after another, each epoch reported as in a real one."""
    rule, lived, order = (
        Halving(asked, curves.full_cost, curves.epochs),
        dict[int, int](),
        list(range(len(curves.runs))),
    )
    random.Random(seed).shuffle(order)

    def run(number: int) -> None:
        for epoch in range(lived.get(number, 0), curves.epochs):
            lived[number] = epoch + 1
            last = epoch + 1 == curves.epochs
            if not last and rule.stops(number, int(curves.costs[number, epoch]), float(curves.values[number, epoch])):
                return

    while True:
        number = rule.promoted(lived)
        number = number if number is not None else order.pop(0) if order else rule.promoted(lived, at_least=1)
        if number is None:
            return lived
        run(number)


@pytest.mark.parametrize("promotion", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_a_replay_stops_the_runs_that_the_real_rule_stops(curves: Curves, promotion: bool, seed: int) -> None:
    asked = asha(0.1, 2.0, promotion=promotion, smoothing_fraction=0.1)
    halving = Halving(asked, curves.full_cost, curves.epochs)
    outcome = replay(roads(curves, asked), halving, RandomDraws(curves, seed), workers=1)
    found = {**dict.fromkeys(outcome.completed, EPOCHS), **outcome.stopped}
    assert found == epoch_by_epoch(curves, asked, seed)
    assert outcome.spent == sum(int(curves.costs[run, epochs - 1]) for run, epochs in found.items())


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_without_early_stops_a_sweep_costs_all_and_loses_nothing(curves: Curves, sampler: str) -> None:
    bench = Bench(curves, "last", workers=3, orders=3)
    score = bench.score(Setting(sampler, SchedulerConfig(name="none")))
    assert (score.cost, score.regret, score.regret_90, score.keeps_best) == (1.0, 0.0, 0.0, 1.0)


def test_curves_that_never_cross_lose_nothing_however_early_they_are_judged(tmp_path: Path) -> None:
    bench = Bench(read_curves(recorded(tmp_path)), "last", workers=1, orders=20)
    score = bench.score(Setting("random", asha(0.025, 2.0, promotion=True)))
    assert score.keeps_best == 1.0
    assert score.cost < 0.25


def test_curves_that_mislead_until_their_end_lose_much(tmp_path: Path) -> None:
    curves = read_curves(recorded(tmp_path))
    curves.values[:, :-1] = curves.values[::-1, :-1]  # the best at the end looked worst until then
    bench = Bench(curves, "last", workers=1, orders=20)
    assert bench.score(Setting("random", asha(0.025, 4.0))).regret > 5.0


def test_few_complete_trials_cost_their_share(curves: Curves) -> None:
    rivals = Bench(curves, "last", workers=2, orders=10).few_to_the_end("random")
    assert [rival.cost for rival in rivals] == pytest.approx([number / 24 for number in range(1, 25)])
    assert [rival.regret for rival in rivals] == sorted((rival.regret for rival in rivals), reverse=True)
    assert rivals[-1].keeps_best == 1.0


def test_tpe_finds_the_good_runs_sooner_than_chance(tmp_path: Path) -> None:
    bench = Bench(read_curves(recorded(tmp_path, runs=40)), "last", workers=1, orders=10)
    rivals = {sampler: bench.few_to_the_end(sampler) for sampler in ("tpe", "random")}
    by_tpe, by_chance = (sum(score.regret for score in scores[STARTUP_TRIALS:]) for scores in rivals.values())
    assert by_tpe < 0.8 * by_chance


@pytest.mark.slow
def test_the_command_recommends_a_scheduler_that_loses_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "SPLITS", 4)
    file = recorded(tmp_path)
    given = ["simulate", "cifar10", "--curves", str(file), "--orders", "4"]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("net, 40 epochs: 24 recorded runs of 40 epochs; every line is 4 sweeps")
    assert "| random | asha with promotion | 7.5 | 1.41 | 1 |" in result.stdout
    assert lines[-1].startswith(
        "Recommended, the cheapest that loses no more, also on halves: `scheduler: {name: asha,"
    )


def test_a_sampler_that_cannot_be_simulated_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["simulate", "cifar10", "--curves", str(tmp_path), "--sampler", "gp"])
    assert str(result.exception) == "--sampler: must be one of random, tpe, but got 'gp'"
