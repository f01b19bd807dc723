"""A disk without room for states ends the sweep in one line, and a resume takes it up when there is room.

The first launch is on Ray, whose workers can have a full disk while the driver, with its database, has none.
"""

import json
import os
from collections.abc import Callable

import pandas as pd
import pytest

from tests.rts_search.conftest import CommandLine
from tests.rts_search.whole_sweeps.driver import KILLING

SETTINGS = (
    *("--set", "training.epochs=3", "--set", "dataset.num_train=256", "--set", "search={sampler: random, trials: 1}"),
    *("--set", "baselines=[sgd]", "--set", "resources.max_concurrent_trials=1"),
)
SPENT = "gradient_evaluations_spent"
NO_STATE = "100000"
"""Bytes: room for records and Ray's logs, not for a state of the small net."""


@pytest.mark.campaign
@pytest.mark.ray
def test_a_sweep_without_room_for_states_stops_and_resumes(command_line: Callable[..., CommandLine]) -> None:
    on_ray, full, quiet = command_line("full", "ray"), command_line("full"), command_line("quiet")
    paths = os.pathsep.join((KILLING, os.environ.get("PYTHONPATH", "")))
    told = on_ray.refused("launch", "digits", *SETTINGS, PYTHONPATH=paths, RTS_TEST_FILE_LIMIT=NO_STATE)
    assert told == (
        "rts-search: digits: trial 0 cannot continue: [Errno 27] File too large; "
        f"remove the cause and continue with `rts-search resume digits --results {on_ray.results}`"
    )
    facts = json.loads(full.run("status", "digits", "--json").stdout)
    assert (facts["state"], facts["failed"]) == ("interrupted", 0)
    assert "none damaged, 0 partial files" in full.run("verify").stdout
    full.run("resume", "digits")
    quiet.run("launch", "digits", *SETTINGS)
    one, other = (pd.read_csv(cli.results / "digits" / "trials.csv", dtype=str) for cli in (full, quiet))
    assert one.drop(columns=["seconds", SPENT]).equals(other.drop(columns=["seconds", SPENT]))
    assert list(one[SPENT].astype(int) - other[SPENT].astype(int)) == [6 * 8, 0], "six times the first epoch, in vain"
