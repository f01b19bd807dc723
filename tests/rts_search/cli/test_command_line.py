"""The command line answers --help quickly, tells the costs of a sweep, and refuses a mistake in one line."""

import io
import json
import os
import sys
import time
from pathlib import Path

import pytest

from rts_search.cli import app, main
from tests.rts_search.bad_input import folder_of_images
from tests.rts_search.conftest import CommandLine, loaded_by


@pytest.mark.parametrize("arguments", [("--help",), ("launch", "--help"), ("schema",)])
def test_help_and_schema_load_neither_torch_nor_ray(arguments: tuple[str, ...]) -> None:
    assert not {"torch", "torchvision", "ray"} & loaded_by(*arguments)


@pytest.mark.parametrize("arguments", [("--help",), ("launch", "--help"), ("serve", "--help")])
def test_help_loads_neither_a_database_nor_tables(arguments: tuple[str, ...]) -> None:
    assert not {"sqlalchemy", "optuna", "pandas", "numpy", "fastapi"} & loaded_by(*arguments)


def test_help_says_what_each_command_does_in_one_whole_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        app(["--help"])
    listed = capsys.readouterr().out.partition("Commands:")[2].strip().splitlines()
    assert len(listed) == 31
    assert not [line for line in listed if line.endswith("...")]


@pytest.mark.slow
def test_checking_a_sweep_loads_no_ray() -> None:
    assert "ray" not in loaded_by("check", "digits")


def test_help_answers_at_once(cli: CommandLine) -> None:
    cli.run("--help")
    times = []
    for _ in range(3):
        began = time.perf_counter()
        cli.run("--help")
        times.append(time.perf_counter() - began)
    assert min(times) < 0.5


def test_check_says_what_a_sweep_will_cost(cli: CommandLine) -> None:
    out = cli.run("check", "digits").stdout
    assert "24 trials and 3 baselines of 12 epochs" in out
    assert "at most 864 gradient evaluations a trial" in out


def test_check_says_what_a_confirmation_will_cost(cli: CommandLine) -> None:
    told = cli.run("check", "digits").stdout
    assert "No section `confirm` in the file: `rts-search confirm digits` would train up to 69 runs" in told
    assert "22,464 in all." in told, "the sweep's own cost"
    told = cli.run("check", "digits", "--set", "confirm={top_k: 30}").stdout
    assert "`launch` ends with a confirmation of up to 252 runs to full length, 217,728 gradient evaluations" in told
    assert "240,192 with the sweep. confirm.top_k is 30, but the sweep has only 24 trials." in told
    facts = json.loads(cli.run("check", "digits", "--json").stdout)["confirmation"]
    assert (facts["in_file"], facts["runs_at_most"], facts["gradient_evaluations_at_most"]) == (False, 69, 59616)
    assert "confirm" not in cli.run("check", "digits", "--set", "baselines=[]").stdout
    refused = cli.refused("check", "digits", "--set", "baselines=[]", "--set", "confirm={}")
    assert "baselines: must not be empty with `confirm`, which compares with baselines" in refused


def test_an_unknown_sweep_and_an_unknown_name_are_refused(cli: CommandLine) -> None:
    assert "digits" in cli.refused("launch", "digit")
    for command in ("status", "resume", "table", "export", "stop"):
        assert "no study database here; launch a sweep first" in cli.refused(command, "digits")


class Output(io.TextIOWrapper):
    """An output with an encoding that has few characters, and that refuses all others."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", write_through=True)

    def text(self) -> str:
        self.seek(0)
        return self.buffer.read().decode()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_output_fails_for_its_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    root = folder_of_images(tmp_path / "photos")
    odd = os.fsdecode(bytes(root) + b"/train/ant/\xff\xe2\x9c\x93.gif")
    Path(odd).write_text("")
    data = f"dataset={{name: imagefolder, root: '{root}', image_size: 8}}"
    told = []
    for arguments in (("check", "digits", "--set", data, "--set", "training.batch_size=4"), ("check", f"{odd}.yaml")):
        out, err = Output(encoding), Output(encoding)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["rts-search", *arguments])
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit):
                main()
        told += [out.text(), err.text()]
    checked, _, _, refused = told
    assert f"Not read: 1 that end in .gif ({root}/train/ant/" in checked
    assert refused.startswith("rts-search: sweep: must be a file that exists, but got ")
    assert len(refused.splitlines()) == 1
