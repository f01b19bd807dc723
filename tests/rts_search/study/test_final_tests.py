"""Which trials the end of a sweep reads on the test part, and what becomes of them when it is cut off before that."""

import os
import signal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rts_search.running.final_test import FinalTest
from rts_search.study.final_tests import entries_to_test, untested
from rts_search.study.status import status
from rts_search.study.workspace import Workspace
from tests.rts_search.conftest import CommandLine
from tests.rts_search.server.service import small
from tests.rts_search.store.swept import EPOCHS, Swept


def test_the_baselines_and_the_best_trial_wait_until_they_are_read_after_the_epochs_that_count(swept: Swept) -> None:
    study = swept.sweep("mine")
    for _ in range(3):
        swept.train(study)
    entries = study.trials()
    assert [entry.number for entry in entries_to_test(study)] == [0, 2], "the baseline and the best trial"
    study.record_test(0, EPOCHS, {"test_acc": 0.9})
    study.record_test(1, EPOCHS, {"test_acc": 0.9})
    study.record_test(2, EPOCHS - 1, {"test_acc": 0.9})
    assert [entry.number for entry in untested(study, entries)] == [2]
    assert status("mine", Workspace(swept.results))["untested"] == [], "trials are left"


@pytest.mark.slow
@pytest.mark.parametrize(("budget", "state"), [("1000000", "finished"), ("5", "budget used up")])
def test_a_sweep_that_is_cut_off_before_the_test_part_was_read_says_so_and_its_resume_reads_it(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: str, state: str
) -> None:
    (tmp_path / "mine.yaml").write_text(small("mine", trials=1, epochs=2))
    following = FinalTest.next

    def stopped_first(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return following(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(FinalTest, "next", stopped_first)
        limit = f"budget.gradient_evaluations={budget}"
        cli.run("launch", str(tmp_path / "mine.yaml"), "--set", limit, "--set", "baselines=[sgd, ngd]", code=130)
    told = cli.run("status", "mine").stdout
    assert told.startswith(f"mine: {state}, ")
    assert "stopped before the test accuracy of trial" in told
    assert f" was read; read it with: rts-search resume mine --results {cli.results}" in told
    assert pd.read_parquet(cli.results / "mine" / "trials.parquet")["test_acc"].isna().all()
    cli.run("resume", "mine")
    trials = pd.read_parquet(cli.results / "mine" / "trials.parquet")
    assert trials[trials["state"] == "COMPLETE"]["test_acc"].notna().any()
    assert "test accuracy" not in cli.run("status", "mine").stdout
