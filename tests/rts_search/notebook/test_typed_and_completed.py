"""A type checker and the completion of a notebook know what a sweep can do."""

import subprocess
import sys
from pathlib import Path

import pytest
from torch import nn

from rts_search import Sweep, Trial
from trainables.core.training.trained_model import TrainedModel

SNIPPET = """
from rts_search import Sweep
sweep = Sweep.launch("digits", settings={"search.trials": 8})
reveal_type(sweep)
reveal_type(Sweep.load("digits"))
reveal_type(Sweep.list())
reveal_type(sweep.wait())
reveal_type(sweep.table(all_columns=True))
reveal_type(sweep.trial(0))
reveal_type(sweep.trial(0).val_acc)
reveal_type(sweep.trial(0).epochs())
reveal_type(sweep.model())
reveal_type(sweep.figures())
reveal_type(sweep.compare("other", sweep))
reveal_type(sweep.stop())
reveal_type(sweep.resume(trials=12))
sweep.trial("0")
Sweep.launch("digits", trials=8)
"""
SWEEP, FRAME = "rts_search.notebook.sweep.Sweep", "pandas.core.frame.DataFrame"
TYPES = [
    *(SWEEP, SWEEP, FRAME, SWEEP, FRAME, "rts_search.notebook.trial.Trial", "float | None", FRAME),
    "trainables.core.training.trained_model.TrainedModel",
    *("rts_search.notebook.figures.Figures", FRAME, "bool", SWEEP),
]
SETTINGS = """
[mypy]
strict = True
follow_imports = skip
[mypy-pandas,pandas.*]
follow_imports = normal
[mypy-rts_search,rts_search.notebook.*,trainables.core.training.trained_model]
follow_imports = silent
"""
"""Only what the snippet uses is read: all of torch would take a minute."""


@pytest.mark.slow
def test_a_type_checker_knows_what_each_method_returns_and_refuses_wrong_arguments(tmp_path: Path) -> None:
    (tmp_path / "mypy.ini").write_text(SETTINGS)
    (tmp_path / "snippet.py").write_text(SNIPPET)
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", "cache", "snippet.py"]
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        command, cwd=tmp_path, env={"MYPYPATH": root, "PATH": ""}, capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert [line.split('"')[1] for line in lines if "Revealed type" in line] == TYPES, done.stdout + done.stderr
    errors = [line.partition("error: ")[2] for line in lines if "error: " in line]
    assert [error.rpartition("[")[2] for error in errors] == ["arg-type]", "call-arg]"]
    assert issubclass(TrainedModel, nn.Module)


def completions(text: str, names: dict[str, object]) -> set[str]:
    """What a notebook offers after a text, when these names are known."""
    from IPython.core.completer import IPCompleter, provisionalcompleter

    with provisionalcompleter():
        found = list(IPCompleter(namespace=names, use_jedi=False).completions(text, len(text)))
    return {one.text.rpartition(".")[2] for one in found}


@pytest.mark.slow
def test_a_notebook_completes_the_methods_of_a_sweep_of_a_trial_and_the_names_of_figures(
    small: Sweep,
) -> None:
    methods = {"launch", "load", "list", "wait", "stop", "resume", "status", "table", "epochs", "trial", "best"}
    methods |= {"model", "compare", "verdict", "figures"}
    assert methods <= completions("Sweep.", {"Sweep": Sweep})
    assert {*methods, "name"} <= completions("sweep.", {"sweep": small})
    trial = {"config", "settings", "state", "val_acc", "epochs", "differences", "log", "export", "model"}
    assert trial <= completions("trial.", {"trial": small.trial(1)})
    assert {"wait"} == completions("sweep.wa", {"sweep": small})
    assert "curves" in " ".join(completions("figures['", {"figures": small.figures()}))


@pytest.mark.parametrize("kind", [Sweep, Trial])
def test_every_public_method_is_documented_and_typed(kind: type) -> None:
    for name in dir(kind):
        method = getattr(kind, name)
        if not name.startswith("_") and callable(method):
            assert method.__doc__, name
            assert "return" in method.__annotations__, name
