"""What the command line costs before it does anything, and that it refuses in one line."""

import subprocess
import sys
import time

import pytest

from tests.rts_search.conftest import CommandLine


def loaded_by(*arguments: str) -> set[str]:
    """Names of the packages that a command has imported when it ends."""
    code = (
        "import sys\n"
        "from rts_search.cli import app\n"
        f"try: app({list(arguments)!r})\n"
        "except SystemExit: pass\n"
        "print('loaded', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("arguments", [("--help",), ("launch", "--help"), ("check", "digits"), ("schema",)])
def test_reading_and_checking_load_neither_torch_nor_ray(arguments: tuple[str, ...]) -> None:
    assert not {"torch", "torchvision", "ray"} & loaded_by(*arguments)


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


def test_an_unknown_sweep_and_an_unknown_name_are_refused(cli: CommandLine) -> None:
    assert "digits" in cli.refused("launch", "digit")
    for command in ("status", "resume", "table", "export", "stop"):
        assert "no study database here; launch a sweep first" in cli.refused(command, "digits")
