"""A sweep in a notebook is what the command line shows."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
import torch

from rts_search import Sweep
from rts_search.analysis.tables import Tables
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from tests.rts_search.store.swept import Swept
from trainables.core.data import load_dataset
from trainables.core.history.store import Store


def test_tables_best_and_figures_of_a_launched_sweep(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study, records=True)
    sweep = Sweep.load("mine", swept.results.folder)
    tables = Tables(study, swept.results.store_url)
    whole = sweep.table(all_columns=True)
    pd.testing.assert_frame_equal(whole[tables.trials().columns], tables.trials())
    assert list(whole)[: len(list(sweep.table()))] == list(sweep.table())
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
    heavy = {"torch", "ray", "optuna", "pandas", "pydantic", "rich", "plotly"}
    code = f"import sys; from rts_search import Sweep; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_a_table_has_the_settings_that_differ_first(small: Sweep) -> None:
    names = list(small.table())
    assert names[:3] == ["number", "state", "baseline"]
    assert names.index("radius.shape") < names.index("val_acc") < names.index("gradient_evaluations")
    assert "dataset.name" not in names
    assert "dataset.name" in small.table(all_columns=True)


def val_acc(model: torch.nn.Module, sweep: Sweep, number: int) -> float:
    part = load_dataset(sweep.trial(number).settings.dataset).val
    with torch.no_grad():
        found = model(torch.from_numpy(part.images)).argmax(dim=1)
    return float((found == torch.from_numpy(part.labels)).double().mean())


@pytest.mark.slow
def test_the_model_has_the_accuracy_that_the_sweep_has_recorded_of_the_best_and_of_any_trial(small: Sweep) -> None:
    best = small.best()["provenance"]["trial"]
    model = small.model()
    assert not model.training
    assert model.classes == tuple("0123456789")
    assert val_acc(model, small, best) == small.trial(best).val_acc
    other = next(number for number in (1, 2, 3) if number != best)
    assert val_acc(small.model(other), small, other) == small.trial(other).val_acc


@pytest.mark.slow
def test_a_model_whose_weights_are_gone_is_trained_again_to_the_same_accuracy(tmp_path: Path, results: Path) -> None:
    import shutil

    shutil.copytree(results, tmp_path / "results")
    sweep, store = Sweep.load("small", tmp_path / "results"), Store(Results(tmp_path / "results").store_url)
    for file in list(store.files()):
        if file.kind == "state":
            store.remove(file)
    best = sweep.best()["provenance"]["trial"]
    assert val_acc(sweep.model(), sweep, best) == sweep.trial(best).val_acc


@pytest.mark.slow
def test_a_trial_that_has_not_begun_is_refused(small: Sweep) -> None:
    with pytest.raises(UserError, match=r"^small: trial: must be one that has begun \(0 to 3\), but got 4$"):
        small.trial(4)
    with pytest.raises(UserError, match=r"but got -1$"):
        small.model(-1)
