"""Every piece of Python in the documents runs."""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rts_search.basics.results_folder import Results
from tests.docs.documents import PAGES, blocks
from tests.rts_search.store.swept import Swept
from trainables.core.data import load_dataset
from trainables.core.models.build import build_model
from trainables.core.optimizer import PUGD
from trainables.core.settings.config import DatasetConfig, ModelConfig

RUN_BY = (
    *("import PUGD", "param_groups", "GradScaler", "chunk", "PathNetwork", "Sweep.load", "load_digits", "np.load"),
    "def net(",
)
"""A word of every piece of Python -> it is run by a test here, or by test_tutorial.py (load_digits)."""


def piece(word: str) -> str:
    (found,) = [block for document in PAGES for block in blocks(document, "python") if word in block]
    return textwrap.dedent(found)


def test_every_piece_of_python_is_run_by_a_test() -> None:
    found = [block for document in PAGES for block in blocks(document, "python")]
    assert len(found) == len(RUN_BY)
    assert {piece(word) for word in RUN_BY} == {textwrap.dedent(block) for block in found}


def test_the_optimizer_example_trains_and_its_schedule_changes_the_groups() -> None:
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 2)
    images = torch.randn(64, 2)
    labels = (images[:, 0] > 0).long()
    criterion = torch.nn.functional.cross_entropy
    before = float(criterion(model(images), labels).detach())
    names: dict[str, Any] = {"model": model, "loader": [(images, labels)] * 20, "criterion": criterion}
    exec(piece("import PUGD"), names)
    assert float(criterion(model(images), labels).detach()) < before / 2
    exec(piece("param_groups"), {**names, "epoch": 50})
    (group,) = names["optimizer"].param_groups
    assert (group["phase"], group["radius"]) == ("pugd", pytest.approx(2.1))


def test_the_example_of_a_model_is_built_as_a_sweep_builds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net_of_the_documents.py").write_text(piece("def net("))
    monkeypatch.syspath_prepend(str(tmp_path))
    model = build_model(ModelConfig("net_of_the_documents:net", {"width": 8}), 10, 3, 16)
    assert model(torch.zeros(2, 3, 16, 16)).shape == (2, 10)


def test_the_examples_with_a_scaler_train_and_accumulate() -> None:
    torch.manual_seed(0)
    model, images = torch.nn.Linear(2, 2), torch.randn(64, 2)
    labels = (images[:, 0] > 0).long()
    criterion = torch.nn.functional.cross_entropy
    before = float(criterion(model(images), labels).detach())
    names: dict[str, Any] = {"model": model, "loader": [(images, labels)] * 20, "criterion": criterion, "device": "cpu"}
    names["optimizer"] = PUGD(model.parameters(), lr=0.1)
    exec(piece("GradScaler"), names)
    reached = float(criterion(model(images), labels).detach())
    assert reached < before / 2
    exec(piece("chunk"), names)
    assert float(names["optimizer"].step(names["closure"], names["scaler"])) == pytest.approx(reached, abs=1e-2)


def test_the_example_of_path_sgd_trains() -> None:
    torch.manual_seed(0)
    model, images = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2)), torch.randn(64, 1, 2, 2)
    names: dict[str, Any] = {"model": model, "images": images, "PUGD": PUGD}
    exec(piece("PathNetwork"), names)
    losses = []
    for _ in range(200):
        model.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images), (images[:, 0, 0, 0] > 0).long())
        loss.backward()
        losses.append(float(loss.detach()))
        names["optimizer"].step()
    assert losses[-1] < losses[0]


@pytest.mark.slow
def test_the_notebook_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("digits")
    for _ in range(study.total):
        swept.train(study, records=True)
    exec(piece("Sweep.load"), {})


def test_the_function_that_returns_data_is_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = np.zeros((6, 4, 4), np.uint8), [0, 1, 0, 1, 0, 1]
    np.savez(tmp_path / "cells.npz", x=images, y=labels, x_test=images, y_test=labels)
    (tmp_path / "cells.py").write_text(piece("np.load").replace("/data", str(tmp_path)))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load_dataset(DatasetConfig("cells:load")).classes == ("healthy", "ill")
