"""A sweep in the background goes on when its terminal is gone, and what it could not start with is told at once."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from rts_search.basics.results_folder import Results
from tests.rts_search.bad_input import folder_of_images
from tests.rts_search.conftest import CommandLine
from tests.rts_search.environment import plain_environment

SMALL = ("--set", "search.trials=2", "--set", "training.epochs=4", "--set", "baselines=[sgd]")


@pytest.mark.slow
def test_it_survives_the_kill_of_everything_in_its_terminal(cli: CommandLine) -> None:
    words = ("launch", "digits", "--detach", *SMALL, "--results", str(cli.results), "--executor", "inline")
    command = shlex.join([sys.executable, "-m", "rts_search.cli", *words])
    shell = subprocess.Popen(
        ["sh", "-c", f"{command} && echo begun && sleep 600"],
        env=plain_environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert shell.stdout is not None
    told = []
    for line in shell.stdout:
        if line == "begun\n":
            break
        told.append(line.rstrip())
    os.killpg(shell.pid, signal.SIGHUP)
    os.killpg(shell.pid, signal.SIGKILL)
    shell.stdout.close()
    shell.wait()
    assert told[0].startswith("digits: goes on in the background (process ")
    assert told[1:] == [
        f"  watch it with: rts-search watch digits --results {cli.results}",
        f"  stop it with: rts-search stop digits --results {cli.results}",
    ]
    assert "digits: finished, 3 of 3 trials ended" in cli.run("watch", "digits").stdout
    assert json.loads(cli.run("status", "digits", "--json").stdout)["completed"] >= 1
    logged = cli.run("logs", "digits").stdout
    assert "[3/3] trial" in logged
    assert "Results in" in logged


def test_a_name_that_is_taken_is_refused_before_anything_starts(cli: CommandLine) -> None:
    from tests.rts_search.store.swept import Swept

    Swept(Results(cli.results)).sweep("digits")
    assert "a sweep of this name exists" in cli.refused("launch", "digits", "--detach")
    assert not Results(cli.results).sweep("digits").log.exists()


@pytest.mark.campaign  # test_background.py asserts it of a driver that is waited for
def test_what_the_driver_refuses_is_told_in_the_terminal(cli: CommandLine, tmp_path: Path) -> None:
    root = folder_of_images(tmp_path / "photos")
    Image.new("RGB", (8, 8)).save(root / "train" / "ant" / "9.png")
    (root / "train" / "ant" / "9.png").write_bytes(b"no image")
    data = f"dataset={{name: imagefolder, root: '{root}'}}"
    refused = cli.refused("launch", "digits", "--detach", "--set", data, "--set", "training.batch_size=4")
    assert "must hold images that can be read, but" in refused
