"""A model or data set in a file beside the sweep file is found, wherever commands run."""

from pathlib import Path

import pytest

from rts_search.sweep.own_modules import own_names
from tests.rts_search.conftest import CommandLine

NET = """
from trainables.core.models.small import small

def net(num_classes, in_channels, image_size, width=4):
    return small(num_classes, in_channels, image_size, width)
"""
SWEEP = """
dataset: {name: digits, num_train: 64}
model: {name: "net_beside:net", options: {width: 6}}
training: {epochs: 2, batch_size: 16, lr: 0.05}
space: {radius: {value: [0.5, 1.0]}}
search: {sampler: grid}
baselines: []
"""


def test_names_of_functions_are_found_also_under_over() -> None:
    over = {"model": ["small", "a:b", {"name": "c.d:e"}], "dataset": [{"name": "digits"}]}
    assert own_names({"dataset": {"name": "x:y"}, "model": "z:w", "over": over}) == ["x:y", "z:w", "a:b", "c.d:e"]
    assert own_names({"dataset": 3, "over": None}) == []


@pytest.mark.slow
def test_it_is_imported_and_found_again_by_commands_in_other_folders(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (project / "net_beside.py").write_text(NET)
    (project / "mine.yaml").write_text(SWEEP)
    monkeypatch.chdir(elsewhere)
    cli.run_apart("launch", str(project / "mine.yaml"))
    told = cli.run("resume", "mine", "--set", "resources.max_concurrent_trials=1").stdout
    assert "Results in" in told
    assert "mine: finished, 2 of 2 trials ended" in cli.run("status", "mine").stdout


def test_a_missing_module_is_told_with_the_way_out(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SWEEP.replace("net_beside", "no_such_net"))
    line = cli.refused("check", str(tmp_path / "mine.yaml"))
    assert "put no_such_net.py beside the sweep file" in line
