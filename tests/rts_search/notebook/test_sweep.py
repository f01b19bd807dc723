"""A sweep in a notebook is what the command line shows."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from rts_search import Sweep
from rts_search.analysis.tables import Tables
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from tests.rts_search.store.swept import Swept


def test_tables_best_and_figures_of_a_launched_sweep(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study, records=True)
    sweep = Sweep.load("mine", swept.results.folder)
    tables = Tables(study, swept.results.store_url)
    pd.testing.assert_frame_equal(sweep.table(), tables.trials())
    pd.testing.assert_frame_equal(sweep.epochs(), tables.epochs())
    assert sweep.status()["state"] == "finished"
    assert sweep.best()["provenance"]["trial"] == 4
    assert sweep.verdict() is None
    figures = sweep.figures()
    assert {"cost", "curves", "tree"} <= figures.keys()
    assert all(isinstance(figure, go.Figure) for figure in figures.values())
    assert repr(sweep) == "Sweep('mine')"


def test_a_sweep_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    Results(tmp_path).require_space()
    with pytest.raises(UserError, match="no study database here; launch a sweep first"):
        Sweep.load("mine", tmp_path)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, rts_search; print(sorted({'torch', 'ray', 'optuna', 'pandas', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
