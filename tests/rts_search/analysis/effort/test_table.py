"""The numbers of effort: effort.csv, and the columns of arms.csv."""

from pathlib import Path

import pandas as pd
import pytest

from rts_search.analysis.effort.curves import effort_curves
from rts_search.analysis.tables import Tables
from rts_search.basics.results_folder import Results
from tests.rts_search.analysis.effort.tuned import tuned


def test_the_files_have_the_numbers_of_the_curves(tmp_path: Path) -> None:
    study = tuned()
    paths = Results(tmp_path).sweep("fair")
    Tables(study, str(tmp_path / "store")).write(paths)
    effort, arms = pd.read_csv(paths.effort_csv), pd.read_csv(paths.arms_csv)
    assert effort.groupby("arm", sort=False).size().to_dict() == {"rts": 12, "sgd": 12, "pugd": 12}
    assert set(effort["metric"]) == {"val_acc"}
    assert set(effort["estimate"]) == {"expected"}
    for row, curve in zip(arms.to_dict("records"), effort_curves(study.sweep, study.trials()), strict=True):
        point = curve.after(5)
        assert point is not None
        told = [row[f"best_after_5{name}"] for name in ("", "_low", "_high")]
        assert told == pytest.approx([point.best, point.low, point.high])
        assert pd.isna(row["best_after_20"]), "the arm has 12 trials"
        same = effort[(effort["arm"] == curve.arm) & (effort["trials"] == 5)]
        assert same[["best", "low", "high"]].to_numpy()[0] == pytest.approx(told)


def test_a_sampler_that_learns_has_no_band_in_the_files(tmp_path: Path) -> None:
    effort = Tables(tuned("search.sampler=tpe"), str(tmp_path)).effort()
    assert set(effort["estimate"]) == {"best so far"}
    assert effort["low"].isna().all()
