"""A sweep follows its metric everywhere: ranking, early stops, samplers, confirmation, figures and tables."""

from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis.figures import SweepView
from rts_search.analysis.figures.accuracy import curves, progress
from rts_search.analysis.figures.accuracy_against_cost import cost
from rts_search.analysis.pareto import pareto_front
from rts_search.analysis.tables import Tables
from rts_search.study.ranking import best_trials
from rts_search.study.status import status_of
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sections import ObjectiveConfig, SchedulerConfig
from tests.rts_search.study.samplers.trials import RADIUS, in_memory, sweep_of

LOSS = "objective.metric=val_loss"


def entry(number: int, epoch: int = 0, **values: float) -> EpochEntry:
    """An epoch whose accuracy says the opposite of its loss."""
    return EpochEntry(epoch, f"{number}-{epoch}", "here", True, 8 * (epoch + 1), **{"val_acc": 0.5, **values})


def told(study: SweepStudy, losses: list[float]) -> list[TrialEntry]:
    for loss in losses:
        begun = study.open_trials.begin()
        study.open_trials.record_epoch(begun.number, entry(begun.number, val_loss=loss, val_acc=loss / 10))
        study.open_trials.finish(begun.number, "COMPLETE")
    return study.trials()


def test_the_trial_with_the_smallest_loss_is_the_best_on_every_surface(tmp_path: Path) -> None:
    study = in_memory(sweep_of("random", LOSS, trials=4))
    entries = told(study, [0.7, 0.2, 0.9, 0.4])
    assert [one.number for one in best_trials(entries, study.sweep.objective)] == [1, 3, 0, 2]
    assert status_of(study, entries, None)["best"] == {
        "trial": 1,
        "val_acc": 0.02,
        "metric": "val_loss",
        "value": 0.2,
    }
    tables, view = Tables(study, str(tmp_path)), SweepView.of(study, entries)
    page = tables.markdown()
    assert "Ranked by val_loss of the last epoch on the validation part, one seed, the smallest first." in page
    assert "| val_loss | test_loss |" in page
    assert page.splitlines()[-4].startswith("| 1 (pareto) |")
    assert "| 0.2000 |" in page
    assert list(tables.trials()["val_loss"]) == [0.7, 0.2, 0.9, 0.4]
    for figure in (curves(view), cost(view), progress([view])):
        assert figure is not None
        assert figure.layout["yaxis"]["title"]["text"] == "val_loss in nats"
    assert figure.data[0]["y"] == [0.7, 0.2, 0.2], "the best so far falls"


def test_the_best_epoch_is_that_of_the_metric() -> None:
    epochs = (entry(0, 0, val_loss=0.5, val_acc=0.9), entry(0, 1, val_loss=0.3), entry(0, 2, val_loss=0.4))
    trial = TrialEntry(0, "COMPLETE", {}, "", "", epochs)
    by = {metric: ObjectiveConfig(metric=metric, rule="best") for metric in ("val_acc", "val_loss")}
    assert [trial.chosen_epochs(objective) for objective in by.values()] == [1, 2]
    assert [trial.value(objective) for objective in by.values()] == [0.9, 0.3]


@pytest.mark.parametrize("promotion", [False, True])
def test_early_stopping_keeps_the_trials_with_the_smallest_loss(promotion: bool) -> None:
    asked = SchedulerConfig(grace_fraction=0.5, reduction_factor=2, smoothing_fraction=0, promotion=promotion)
    losses = [0.5, 0.4, 0.9, 0.3, 0.8]
    loss, accuracy = (Halving(asked, 96, 6, objective=ObjectiveConfig(metric=name)) for name in ("val_loss", "val_acc"))
    stopped = [loss.stops(number, 48, -value) for number, value in enumerate(losses)]
    as_accuracy = [accuracy.stops(number, 48, 1.0 - value) for number, value in enumerate(losses)]
    assert stopped == as_accuracy
    assert stopped[2]
    assert not stopped[3]


@pytest.mark.slow
@pytest.mark.parametrize(
    "sampler", ["tpe", *(pytest.param(one, marks=pytest.mark.campaign) for one in ("gp", "cmaes"))]
)
def test_a_sampler_that_learns_goes_where_the_loss_is_small(sampler: str) -> None:
    study = in_memory(sweep_of(sampler, RADIUS, LOSS, trials=20))
    for _ in range(study.total):
        begun = study.open_trials.begin()
        radius = begun.settings.radius.value
        assert radius is not None
        study.open_trials.record_epoch(begun.number, entry(begun.number, val_loss=abs(radius - 8.0)))
        study.open_trials.finish(begun.number, "COMPLETE")
    radii = [abs((one.settings.radius.value or 0.0) - 8.0) for one in study.trials()]
    assert sum(radii[10:]) < 0.6 * sum(radii[:10])


def test_epochs_of_earlier_versions_load_and_cannot_be_ranked_by_what_they_lack() -> None:
    old = entry(0)
    assert old.kept() == {
        "key": "0-0",
        "provenance": "here",
        "spent": True,
        "gradient_evaluations": 8,
        "val_acc": 0.5,
    }
    assert ObjectiveConfig().gain(old) == 0.5
    with pytest.raises(ValueError, match="has no macro_f1"):
        ObjectiveConfig(metric="macro_f1").gain(old)
    assert ObjectiveConfig(metric="macro_f1").gain(replace(old, macro_f1=0.25)) == 0.25


def test_the_pareto_front_takes_gains() -> None:
    assert pareto_front({0: (-0.5, 8), 1: (-0.2, 16), 2: (-0.3, 16)}) == {0, 1}
