"""`rts-search over`: two tasks, of which the second waits for a budget; then both are put into a table."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.rts_search.conftest import CommandLine

FILE = {
    "over": {"dataset": ["digits", {"label": "few", "name": "digits", "num_train": 300}]},
    "model": "small",
    "training": {"epochs": 1, "batch_size": 64},
    "space": {"ready": "rts", "training": {"lr": {"loguniform": [0.05, 0.5]}}},
    "search": {"trials": 2},
    "baselines": ["sgd"],
    "confirm": {"seeds": 2, "top_k": 1},
    "budget": {"gradient_evaluations": 400},
}


@pytest.mark.slow
def test_tasks_share_a_budget_and_go_on_where_they_were_stopped(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(yaml.safe_dump(FILE))
    cli.run("over", str(file), "--set", "over.dataset=[digits]")
    line = cli.refused("over", str(file), "--set", "budget.gradient_evaluations=60")
    assert line.startswith("rts-search: budget.gradient_evaluations: must be more than the sweeps of this file have ")
    first = cli.csv_without_times("two.digits")
    told = cli.run("over", str(file), "-o", str(tmp_path / "two.csv")).stdout
    assert "1 of 2: two.digits is done" in told
    assert "2 of 2: two.few\n" in told
    assert "Of 2 single comparisons on 2 tasks" in told
    assert "| digits, num_train 300 | small | sgd |" in told
    frame = pd.read_csv(tmp_path / "two.csv")
    assert frame["dataset"].tolist()[:2] == ["digits", "digits, num_train 300"]
    assert frame["rts_parameters"].tolist()[:2] == [24_058, 24_058]
    assert cli.csv_without_times("two.digits") == first
    again = cli.run("over", str(file)).stdout
    assert "2 of 2: two.few is done" in again
    changed = cli.refused("over", str(file), "--set", "space.training.lr=[0.1, 0.2]")
    assert changed.startswith("rts-search: two.digits: space: must be that of the launched sweep of this name")


def test_a_table_needs_confirmations(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(yaml.safe_dump({name: value for name, value in FILE.items() if name != "confirm"}))
    for option in ("--output", "--png"):
        line = cli.refused("over", str(file), option, str(tmp_path / "table.csv"))
        assert line.startswith(f"rts-search: {option}: needs the section `confirm`, since tables have confirmed sweeps")
    assert cli.refused("over", str(file), "-o", "t.pdf").startswith("rts-search: --output: must end in .md, .csv, .tex")
