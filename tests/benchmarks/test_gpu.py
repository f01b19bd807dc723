"""The measurement for a GPU, run on a CPU: small sizes, time limits, and few packages."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.gpu.command import bound, main, run
from benchmarks.gpu.parts import Part
from benchmarks.gpu.summary import summary
from benchmarks.gpu.watch import Outcome, watched

ROOT = Path(__file__).resolve().parents[2]
CPU = {"device": "cpu"}


def odd(name: str, seconds: float = 480.0) -> Part:
    return Part(name, f"what {name} shows", seconds, package="tests.benchmarks.odd_parts")


@pytest.mark.slow
def test_the_command_runs_in_small_on_a_cpu_and_says_what_was_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    out = tmp_path / "lines.jsonl"
    main("--minutes", "8", "--parts", "updates,curve", "--out", str(out))
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    measured = next(line for line in lines if "update_ms" in line)
    assert measured["part"] == "updates"
    assert measured["device"] is None
    assert {"torch", "torchvision", "timm", "python", "cuda", "n"} <= measured.keys()
    assert measured["update_ms"] > 0
    rows = capsys.readouterr().out.splitlines()[-2:]
    assert rows[0].split("  ")[:2] == ["not measured on a CPU", "updates"]
    assert rows[1].startswith("not measured ")
    assert rows[1].endswith("made-up images teach nothing: name a folder with --images")


@pytest.mark.slow
def test_a_part_that_fails_is_told_and_the_next_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    failed, other = run([odd("failing"), odd("missing")], 8.0, {}, None)
    assert failed.state == "failed: RuntimeError: the card fell off the bus"
    assert failed.lines == [{"measured": 1}]
    assert other.state == "not measured: there is no fan"
    row = capsys.readouterr().out.splitlines()[-2]
    assert row.split() == ["failed", "failing", *["RuntimeError:", "the", "card", "fell", "off", "the", "bus"]]


@pytest.mark.slow
def test_a_part_that_hangs_is_ended_with_all_it_has_started() -> None:
    began = time.monotonic()
    outcome = watched(odd("hanging"), CPU, 5.0)
    assert time.monotonic() - began < 60
    assert outcome.state == "cut by time: it had not ended"
    child = outcome.lines[0]["child"]
    ends = time.monotonic() + 30
    while running(child) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not running(child)


@pytest.mark.slow
def test_a_part_without_time_for_all_cases_says_which_it_left_out() -> None:
    outcome = watched(odd("many"), CPU, 10.0)
    done = sum("case" in line for line in outcome.lines)
    assert outcome.state.startswith(f"cut by time: without {done}, {done + 1}, ")
    assert 0 < done < 60
    rows = summary([outcome])
    assert rows[0] == ("yes", "many", "all is well: 1 (1)")
    assert rows[1][:2] == ("cut by time", "many")
    assert rows[1][2].startswith(f"without {done}, ")


def test_every_part_has_its_own_time_and_the_share_of_what_others_left() -> None:
    parts = [odd("many", 100.0), odd("many", 20.0), odd("many", 80.0)]
    assert bound(parts, 8.0, 400.0) == 200.0, "half of what is left"
    assert bound(parts, 8.0, 150.0) == 100.0, "its own"
    assert bound(parts, 4.0, 90.0) == 50.0, "half of its own in half the time"
    assert bound(parts[2:], 8.0, 30.0) == 30.0, "never more than is left"


@pytest.mark.slow
def test_a_part_for_which_no_time_is_left_is_not_begun() -> None:
    (outcome,) = run([odd("many")], 0.1, {}, None)
    assert outcome.state == "cut by time: not begun"


def test_the_summary_tells_what_holds_from_what_does_not() -> None:
    claims = [{"claim": "c", "number": 2, "goal": "1", "holds": holds} for holds in (True, False, None)]
    rows = summary([Outcome(odd("many"), claims, "done", 1.0)])
    assert [row[0] for row in rows] == ["yes", "NO", "not measured on a CPU"]


@pytest.mark.campaign  # a contract on imports keeps Ray and Optuna from the training core
def test_training_and_the_tests_on_a_gpu_need_few_packages() -> None:
    script = Path(__file__).with_name("bare.py")
    asked = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=ROOT, env=one_thread())
    assert asked.returncode == 0, asked.stderr[-2000:]
    assert "trained" in asked.stdout
    assert "passed" in asked.stdout or "skipped" in asked.stdout


def running(process: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def one_thread() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1"}
