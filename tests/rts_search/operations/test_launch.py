"""A stop at any moment of a launch leaves tables, and a sweep that can be resumed."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from rts_search.operations import launch
from tests.rts_search.environment import plain_environment
from tests.rts_search.in_this_process import run_in_this_process
from tests.rts_search.server.service import small


@pytest.mark.slow
def test_a_stop_while_the_tables_are_written_leaves_whole_tables_and_a_sweep_that_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text(small("mine", trials=1, epochs=1))
    write = launch.write_results

    def stopped_first(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return write(*arguments)

    environment = {**plain_environment(), "RTS_SEARCH_EXECUTOR": "inline"}
    place = ("--results", str(tmp_path / "results"))
    monkeypatch.setattr(launch, "write_results", stopped_first)
    done = run_in_this_process(["launch", str(tmp_path / "mine.yaml"), *place], environment)
    assert (done.returncode, "all finished epochs are saved" in done.stdout) == (130, True), done.stderr
    assert (tmp_path / "results" / "mine" / "table.md").read_text().count("\n") > 3
    monkeypatch.setattr(launch, "write_results", write)

    # As after a crash, whose resume is stopped before it trains.
    (tmp_path / "results" / "mine" / "table.md").unlink()
    monkeypatch.setattr(launch, "require_unchanged", lambda _: os.kill(os.getpid(), signal.SIGHUP))
    done = run_in_this_process(["resume", "mine", *place], environment)
    assert (done.returncode, "all finished epochs are saved" in done.stdout) == (130, True), done.stderr
    assert (tmp_path / "results" / "mine" / "table.md").read_text().count("\n") > 3
    monkeypatch.undo()
    assert run_in_this_process(["resume", "mine", *place], environment).returncode == 0


@pytest.mark.slow
def test_a_launch_and_its_report_say_how_many_layers_of_the_model_were_rewritten(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(small("mine", trials=1, epochs=1))
    environment = {**plain_environment(), "RTS_SEARCH_EXECUTOR": "inline"}
    place = ("--results", str(tmp_path / "results"))
    model = ("--set", "model={name: small, options: {width: 4}, bsconv: s}")
    done = run_in_this_process(["launch", str(tmp_path / "mine.yaml"), *model, *place], environment)
    said = (
        "3 of its 3 convolutions larger than one pixel rewritten, 3 of its 1x1 convolutions in the regularisation term"
    )
    assert done.returncode == 0, done.stderr
    assert said in " ".join((done.stdout + done.stderr).split())
    page = tmp_path / "report.html"
    assert run_in_this_process(["report", "mine", "-o", str(page), *place], environment).returncode == 0
    assert f"<p>The model is small with 627 parameters in 13 layers, {said}.</p>" in page.read_text()
