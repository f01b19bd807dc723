"""The record of the machine and the software of a sweep."""

import subprocess
from pathlib import Path

import torch

from rts_search.basics.environment import environment


def test_versions_and_commit_are_those_that_run() -> None:
    found = environment()
    assert found["versions"]["torch"].partition("+")[0] == torch.__version__.partition("+")[0]
    checkout = Path(__file__).parents[3]
    asked = subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    assert found["commit"] == (asked.stdout.strip() if asked.returncode == 0 else None)
