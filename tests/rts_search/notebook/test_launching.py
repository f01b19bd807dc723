"""A sweep of a notebook trains in a process of its own: an interrupt, a stop and a kill leave what it has trained."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from rts_search import Sweep
from rts_search.basics.errors import UserError
from tests.rts_search.conftest import Refused
from tests.rts_search.notebook.conftest import SMALL

LONG = {**SMALL, "search.trials": 60}
"""Settings of a sweep that trains long enough to be stopped."""


@pytest.mark.slow
@pytest.mark.usefixtures("inline")
def test_a_dict_is_launched_and_an_interrupt_ends_the_waiting_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = {"name": "mine", "dataset": {"name": "digits", "val_fraction": 0.2}, "space": "radius"}
    sweep = Sweep.launch(content, settings=LONG, results=tmp_path / "results")
    assert sweep.status()["state"] == "running"
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        sweep.wait()
    assert "mine: is no longer waited for, and goes on" in capsys.readouterr().out
    assert sweep.status()["state"] == "running"
    assert sweep.stop()
    with pytest.raises(
        UserError, match=r"^mine: was stopped before its end, and nothing runs; .*resume mine --results"
    ):
        sweep.wait()
    assert not sweep.stop()
    a_little_more = sweep.status()["gradient_evaluations_spent"] + 30
    assert sweep.resume(settings={"budget.gradient_evaluations": a_little_more}).wait() is sweep
    assert sweep.status()["state"] == "budget used up"
    assert capsys.readouterr().out.splitlines()[-1].startswith("mine: ")
    assert sweep.wait() is sweep


@pytest.mark.slow
@pytest.mark.usefixtures("inline")
def test_a_driver_that_is_killed_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    sweep = Sweep.launch("digits", "mine", settings=LONG, results=tmp_path / "results")
    os.kill(sweep.status()["driver_pid"], signal.SIGKILL)
    with pytest.raises(UserError, match=r"^mine: its driver has failed \(exit code -9\): ") as failed:
        sweep.wait()
    assert str(failed.value.more[-1]).startswith("The whole output is in ")
    assert failed.value._render_traceback_()[0] == f"UserError: {failed.value}"
    with pytest.raises(UserError, match="mine: was stopped before its end"):
        sweep.wait()


def refusal(*arguments: Any, **options: Any) -> str:
    with pytest.raises(UserError) as refused:
        Sweep.launch(*arguments, **options)
    return str(refused.value)


def test_what_is_wrong_is_told_in_the_line_of_the_command_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Refused
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("dataset: {name: digits}\ntraining: {lr: -1.0}\n")
    assert refusal("mine.yaml") == refused("launch", "mine.yaml")
    assert refusal("digit") == refused("launch", "digit")
    assert refusal("digits", settings={"training.lr": -1.0}) == refused("launch", "digits", "--set", "training.lr=-1.0")
    assert refusal("digits", "store") == refused("launch", "digits", "--name", "store")
    assert refusal({"dataset": {"name": "digits"}, "training": {"lr": -1.0}}).startswith("sweep: training.lr: must be ")
    assert refusal("digits", settings={"training.lr": {1}}).startswith("--set training.lr: must be a plain value such")
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("inline")
def test_what_the_driver_refuses_and_a_name_that_is_taken_are_told_by_the_launch(
    tmp_path: Path, small: Sweep, results: Path
) -> None:
    assert "a sweep of this name exists" in refusal("digits", small.name, results=results)
    assert refusal("digits", results=tmp_path, executor="slurm") == (
        "--executor: must be one of ray, inline, but got 'slurm'"
    )
    with pytest.raises(UserError, match="small: trials: must be"):
        small.resume(trials=1)
