"""Every command line of the repository answers --help, and refuses what it does not know in a line that says why."""

import ast
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from benchmarks.__main__ import MEASUREMENTS
from rts_search.cli import app, main

ROOT = Path(__file__).resolve().parents[1]
OURS = "rts_search/cli/__main__.py"
"""The entry of `rts-search`, which ends the process; its commands are tested by `main`."""


def programs() -> Iterator[str]:
    """The files that are run as programs."""
    for folder in ("benchmarks", "scripts", "rts_search", "trainables", "search_spaces"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if _is_run(ast.parse(file.read_text(encoding="utf-8"))):
                yield str(file.relative_to(ROOT))


def _is_run(module: ast.Module) -> bool:
    tests = [ast.unparse(one.test) for one in module.body if isinstance(one, ast.If)]
    return any(test.startswith("__name__ ==") for test in tests)


def subcommands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command of `rts-search`."""
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from subcommands(inner, (*path, name))


COMMANDS = [*subcommands(typer.main.get_command(app))]
STARTED_BY_OTHERS = ("benchmarks/launch/", "benchmarks/gpu/worker.py")
"""Programs that a measurement starts. They read their arguments as the others do, and take seconds to import."""
PROGRAMS = [program for program in programs() if program != OURS and not program.startswith(STARTED_BY_OTHERS)]
SOLE = "benchmarks/__main__.py"
LINES = [*((program,) for program in PROGRAMS), *((SOLE, name) for name in MEASUREMENTS)]


def test_all_of_them_are_found() -> None:
    assert OURS in set(programs())
    assert {SOLE, "benchmarks/gpu/child.py", "scripts/kill_campaign.py", "scripts/pictures.py"} <= set(PROGRAMS)
    assert {(), ("launch",), ("token", "create")} <= set(COMMANDS)


def ended(words: tuple[str, ...], capsys: pytest.CaptureFixture[str], run: object) -> tuple[int, str, str]:
    """Exit code, output and error output of a program."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", list(words))
        with pytest.raises(SystemExit) as caught:
            run()  # type: ignore[operator]
    out, err = capsys.readouterr()
    return int(caught.value.code or 0), out, err


def run_file(program: str) -> object:
    return lambda: runpy.run_path(str(ROOT / program), run_name="__main__")


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_a_program_answers_help_and_refuses_an_unknown_option(
    line: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    program, *more = line
    code, out, _ = ended((program, *more, "--help"), capsys, run_file(program))
    assert (code, out.startswith("usage: ")) == (0, True)
    assert "show this help message" in out
    code, out, err = ended((program, *more, "--no-such-option"), capsys, run_file(program))
    assert (code, out) == (2, "")
    assert "error: " in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_answers_help_and_refuses_an_unknown_option(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ended(("rts-search", *command, "--help"), capsys, main)
    assert (code, "Usage: " in out) == (0, True)
    code, out, err = ended(("rts-search", *command, "--no-such-option"), capsys, main)
    assert (code, out) == (2, "")
    assert "No such option: --no-such-option" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("scripts/kill_campaign.py", "--sweeps", "many"), "must be a whole number >= 0, but got 'many'"),
        (("scripts/kill_campaign.py", "--fair", "-1"), "must be a whole number >= 0, but got '-1'"),
        (
            ("scripts/kill_campaign.py",),
            "ask for at least one of --sweeps, --points, --service, --cluster, --fair and --ready-made",
        ),
        ((SOLE, "sweep", "/nowhere"), "must be a folder with train/CLASS/* and test/CLASS/*, but got '/nowhere'"),
        ((SOLE, "gpu", "--minutes", "nan"), "--minutes must be > 0 and <= 1440"),
        ((SOLE, "gpu", "--curve", "/nowhere"), "must be a file or folder that exists, but got '/nowhere'"),
        ((SOLE, "gpu", "--out", "/dev/null/x"), "--out: /dev/null/x cannot be written: "),
    ],
)
def test_a_wrong_argument_of_a_program(line: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ended(line, capsys, run_file(line[0]))
    assert code == 2
    assert told in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("train", "best.yaml", "--threads", "99999999"), "Invalid value for '--threads'"),
        (("simulate", "digits", "--curves", "x", "--orders", "0"), "Invalid value for '--orders'"),
        (("serve", "--port", "70000"), "Invalid value for '--port'"),
        (("resume", "digits", "--trials", "many"), "Invalid value for '--trials'"),
        (("nothing",), "No such command 'nothing'"),
    ],
)
def test_a_wrong_argument_of_a_command(line: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ended(("rts-search", *line), capsys, main)
    assert code == 2
    assert told in err.splitlines()[-1]
