"""The command line of the measurements says what each of them does, and what it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import FOLDERS, MEASUREMENTS, description, parser


def test_the_help_lists_every_measurement_with_what_it_measures(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        parser().parse_args(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    for name in MEASUREMENTS:
        assert f"{name} {description(name).partition(chr(10))[0]}" in told


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_measurement_describes_itself_and_the_folder_that_it_needs(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        parser().parse_args([name, "--help"])
    told = capsys.readouterr().out
    assert description(name) in told
    assert ("train/CLASS/*" in told.rpartition("positional arguments")[2]) is (name in FOLDERS)


@pytest.mark.parametrize("given", [["nothing"], ["sweep"], ["step", "folder"], []])
def test_a_wrong_command_line_ends_with_2_and_a_line_that_says_why(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args(given)
    assert "python -m benchmarks" in capsys.readouterr().err.splitlines()[-1]


def test_the_help_loads_neither_torch_nor_ray() -> None:
    asked = "import sys; from benchmarks.__main__ import parser; parser(); print({'torch', 'ray'} & sys.modules.keys())"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "set()"
