"""Figures are drawn when they are asked for, and those without data are left out."""

import subprocess
import sys
from pathlib import Path

import plotly.graph_objects as go
import pytest

from rts_search import Sweep
from rts_search.analysis.figures import FIGURES
from rts_search.basics.results_folder import Results
from tests.rts_search.store.swept import Swept


@pytest.mark.slow
def test_the_names_are_those_of_the_figures_that_can_be_drawn(small: Sweep) -> None:
    figures = small.figures()
    assert list(figures) == [name for name in FIGURES if name in figures]
    assert {"cost", "curves", "costs", "stability", "tree", "allocation"} <= set(figures)
    assert not {"landscape", "verdict", "importances"} & set(figures)
    assert len(figures) == len(list(figures.items()))
    assert figures._ipython_key_completions_() == list(figures)
    assert repr(figures).startswith("Figures of small: cost, curves, ")
    assert isinstance(figures["curves"], go.Figure)
    assert figures["curves"] is figures["curves"]


def test_a_sweep_without_trials_has_no_figures_and_tells_which_names_there_are(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    figures = Sweep.load("mine", swept.results.folder).figures()
    assert dict(figures) == {}
    assert repr(figures) == "Figures of mine: none yet"
    swept.train(study)
    with pytest.raises(KeyError, match="verdict: must be one of cost, curves, "):
        Sweep.load("mine", swept.results.folder).figures()["verdict"]
    with pytest.raises(KeyError, match="curve: must be one of cost, "):
        Sweep.load("mine", swept.results.folder).figures()["curve"]


@pytest.mark.slow
def test_the_names_load_no_plotly(results: Path) -> None:
    code = (
        "import sys; from rts_search import Sweep; "
        f"print(len(Sweep.load('small', {str(results)!r}).figures()) > 5, 'plotly' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
