"""The list of sweeps and their comparison are those of the command line."""

import json
from pathlib import Path

import pandas as pd
import pytest

from rts_search import Sweep
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from tests.rts_search.environment import plain_environment
from tests.rts_search.in_this_process import run_in_this_process
from tests.rts_search.store.swept import Swept


def printed(*words: str) -> object:
    return json.loads(run_in_this_process([*words, "--json"], plain_environment()).stdout)


def test_the_list_has_what_the_command_has(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study)
    swept.sweep("begun")
    found = Sweep.list(swept.results.folder)
    rows = printed("list", "--results", str(swept.results.folder))
    assert isinstance(rows, list)
    assert list(found["sweep"]) == [row["sweep"] for row in rows]
    mine = found.set_index("sweep").loc["mine"]
    (row,) = [row for row in rows if row["sweep"] == "mine"]
    assert (mine["state"], mine["ended"], mine["trials"]) == ("finished", 5, 5) == (row["state"], 5, row["trials"])
    assert (mine["best"], mine["best_trial"], mine["baseline"]) == (row["best"]["value"], 4, "sgd")
    assert mine["started"].timestamp() == pytest.approx(row["started"])


def test_an_empty_folder_has_a_list_without_rows(tmp_path: Path) -> None:
    found = Sweep.list(tmp_path / "results")
    assert len(found) == 0
    assert {"sweep", "state", "best"} <= set(found)
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_a_comparison_has_the_rows_and_sentences_of_the_command(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    for name in ("one", "two"):
        study = swept.sweep(name)
        for _ in range(study.total):
            swept.train(study)
    one, two = (Sweep.load(name, swept.results.folder) for name in ("one", "two"))
    found = one.compare(two)
    wanted = printed("compare", "one", "two", "--results", str(swept.results.folder))
    assert isinstance(wanted, dict)
    assert list(zip(found["sweep"], found["method"], strict=True)) == [
        (row["sweep"], row["method"]) for row in wanted["rows"]
    ]
    assert found.attrs["sentences"] == wanted["sentences"]
    pd.testing.assert_frame_equal(found, one.compare("two"))
    assert set(one.compare()["sweep"]) == {"one"}
    with pytest.raises(UserError, match="one: must be another sweep than the first of this name"):
        one.compare(one)


def test_a_sweep_of_another_place_is_refused(tmp_path: Path) -> None:
    sweeps = []
    for name in ("one", "two"):
        swept = Swept(Results(tmp_path / name))
        swept.train(swept.sweep(name))
        sweeps.append(Sweep.load(name, swept.results.folder))
    with pytest.raises(UserError, match=r"^two: must be in the database of one to be compared with it"):
        sweeps[0].compare(sweeps[1])
