from pathlib import Path

import numpy as np
import pytest

from rts_search.analysis.report.side import Side
from rts_search.analysis.tasks.cells import cell_of
from rts_search.basics.errors import UserError
from rts_search.study.workspace import Workspace
from scripts.pictures import FAIR, NAME, kept_sweep


@pytest.fixture(scope="module", params=[NAME, FAIR])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Workspace]:
    """A confirmed sweep whose baselines are at equal cost, and one whose baselines are tuned."""
    return request.param, kept_sweep(tmp_path_factory.mktemp("kept"), request.param)


def test_a_cell_has_the_runs_of_its_verdict(kept: tuple[str, Workspace]) -> None:
    name, workspace = kept
    cell, verdict = cell_of(name, workspace), Side.of(name, workspace).current.verdict
    assert verdict is not None
    of_winner = [one for one in verdict["comparisons"] if one["trial"] == verdict["winner"]]
    assert list(cell.samples) == [one["baseline"] for one in of_winner]
    for one in of_winner:
        sample = cell.samples[one["baseline"]]
        assert len(sample.contender) == len(sample.baseline) == one["seeds"]
        assert np.mean(sample.contender) == pytest.approx(one["test_acc"])
        assert np.mean(sample.baseline) == pytest.approx(one["baseline_test_acc"])
        assert np.mean(sample.contender - sample.baseline) == pytest.approx(one["difference"])
        assert sample.luck == (one.get("tuning_luck") or 0.0)
    assert (cell.dataset, cell.model, cell.alpha) == ("digits", "small", verdict["alpha"])


def test_a_sweep_without_a_verdict_is_refused_with_the_way_to_one(tmp_path: Path) -> None:
    from rts_search.basics.results_folder import Results
    from tests.rts_search.store.swept import Swept

    swept = Swept(Results(tmp_path))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study)
    with pytest.raises(UserError, match=r"mine: must be confirmed, .*: `rts-search confirm mine --results .*`"):
        cell_of("mine", Workspace(Results(tmp_path)))
