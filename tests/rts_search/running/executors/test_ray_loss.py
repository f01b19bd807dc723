"""A Ray that loses a process ends the sweep in one line; a cluster, when nobody has listened there for long."""

import json
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from rts_search.running.executors import ray_loss
from rts_search.running.executors.ray_loss import ClusterLoss, LocalLoss
from tests.rts_search.conftest import CommandLine, refusal_in
from tests.rts_search.whole_sweeps.driver import wait_for


def test_a_cluster_whose_head_is_gone_for_long_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    loss = ClusterLoss(f"127.0.0.1:{listener.getsockname()[1]}")
    assert (loss.cause(), loss.answers) == ("", True)
    listener.close()
    assert (loss.cause(), loss.answers) == ("", False)
    now = time.monotonic()
    monkeypatch.setattr(ray_loss.time, "monotonic", lambda: now + ray_loss.GONE_SECONDS + 1)
    assert loss.cause().startswith("the head of the cluster at 127.0.0.1:")


def test_a_process_without_a_ray_has_lost_none() -> None:
    assert LocalLoss().cause() == ""


def _child(process: subprocess.Popen[str], word: str) -> psutil.Process:
    """The process that the driver has started whose program has this word in its name."""
    (found,) = [one for one in psutil.Process(process.pid).children() if word in Path(one.cmdline()[0]).name]
    return found


def _lose(ray_cli: CommandLine, word: str, *arguments: str, folder: Path) -> str:
    """Run a command, kill a process of its Ray when trials train, and return the line with which it ends."""
    process = ray_cli.start(*arguments, TMPDIR=str(folder), HOME=str(folder))
    wait_for(lambda: len(list((ray_cli.results / "store").rglob("*.epoch"))) >= 3, process)
    _child(process, word).kill()
    _, err = process.communicate(timeout=50)
    assert process.returncode == 2, err
    return refusal_in(err)


@pytest.mark.ray
@pytest.mark.parametrize(
    ("word", "name"), [("gcs_server", "gcs_server"), pytest.param("rts-node", "raylet", marks=pytest.mark.campaign)]
)
def test_a_ray_that_loses_a_process_ends_the_sweep_in_one_line_and_it_can_be_resumed(
    ray_cli: CommandLine, word: str, name: str
) -> None:
    """Trials of one epoch: Tune soon asks the lost gcs_server for something, and such a call does not return.

    What a local Ray writes is in a folder of its own, which is gone at the end: no token in the home.
    """
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        folder = Path(made)
        line = _lose(
            ray_cli, word, "launch", "digits", "--set", "training.epochs=1", "--set", "search.trials=400",
            "--set", "baselines=[]", folder=folder,
        )  # fmt: skip
        assert line == (
            f"rts-search: digits: Ray is lost: its {name} was ended by SIGKILL; stored epochs are kept, "
            f"continue with `rts-search resume digits --results {ray_cli.results}`"
        )
        assert (ray_cli.results / "digits" / "trials.csv").exists()
        assert [one.name for one in folder.iterdir() if "ray" in one.name] == []
    here = CommandLine(ray_cli.results)
    before = json.loads(here.run("status", "digits", "--json").stdout)
    more = before["gradient_evaluations_spent"] + 30
    here.run("resume", "digits", "--set", f"budget.gradient_evaluations={more}")
    after = json.loads(here.run("status", "digits", "--json").stdout)
    assert (before["state"], after["state"]) == ("interrupted", "budget used up")
    assert after["completed"] > before["completed"]
