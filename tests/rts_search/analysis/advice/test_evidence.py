from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rts_search.analysis.advice.evidence import SHARE, normal_scores, of_curves, of_sweeps
from rts_search.analysis.figures import SweepView
from rts_search.analysis.simulation.recordings import read_sets
from scripts.pictures import FAIR, kept_sweep


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> SweepView:
    """A real sweep with tuned baselines: 24 trials of RTS, some of them stopped early."""
    return SweepView.of(kept_sweep(tmp_path_factory.mktemp("kept"), FAIR).load(FAIR))


def test_only_trials_of_the_search_count_and_each_is_completed_stopped_or_diverged(view: SweepView) -> None:
    found = of_sweeps([view])
    own = [entry for entry in view.entries if entry.arm == "rts"]
    assert len(found.scores) == sum(found.counts.values()) <= len(own)
    assert found.counts["completed"] >= 2
    assert found.counts["stopped early"] >= 2
    assert SHARE in found.settings
    assert set(found.settings[SHARE]) <= {0.0, 0.25, 0.5, 0.75}
    assert found.settings["training.lr"].between(0.01, 1.0).all()


def test_completed_trials_stand_above_stopped_ones_and_these_above_diverged_ones(view: SweepView) -> None:
    own = [entry for entry in view.entries if entry.arm == "rts"]
    best = view.best[0]
    broken = replace(best, number=1000, state="FAIL", reason="diverged in epoch 3: the training loss is not finite")
    lost = replace(best, number=1001, state="FAIL", reason="lost: its worker died")
    before, after = (of_sweeps([replace(view, entries=entries)]) for entries in (own, [*own, broken, lost]))
    assert after.counts == {**before.counts, "diverged": 1}
    assert after.scores.argmin() == len(after.scores) - 1
    among = of_sweeps([replace(view, entries=[*own, replace(best, number=1002, state="PRUNED")])])
    assert min(sorted(among.scores)[-before.counts["completed"] :]) > among.scores[-1]


def test_each_sweep_is_scored_by_itself(view: SweepView) -> None:
    both = of_sweeps([view, replace(view, name="again")])
    half = len(both.scores) // 2
    assert (both.scores[:half] == both.scores[half:]).all()
    assert both.blocks.tolist() == [0] * half + [1] * half
    assert both.sweeps == (FAIR, "again")


def test_scores_are_normal_quantiles_and_ties_share_theirs() -> None:
    scores = normal_scores([(3.0,), (1.0,), (2.0,), (2.0,)])
    assert scores[0] == -scores[1] > 0
    assert scores[2] == scores[3] == pytest.approx(0.0)
    assert np.mean(normal_scores([(float(n),) for n in range(100)])) == pytest.approx(0.0)


@pytest.mark.shared
def test_recorded_runs_are_taken_of_all_models_and_lengths(shared: Path) -> None:
    found = of_curves(read_sets(shared / "data" / "recorded_curves_cifar10.parquet"), "last")
    assert len(found.scores) == len(found.blocks) == found.counts["completed"] == 86
    assert len(found.sweeps) == 11
    assert set(found.settings["trigger"]) >= {"none", "generalization_gap"}
