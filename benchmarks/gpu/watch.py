"""Run a part as a child process with a time limit, and find out how it ended."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.gpu.parts import Part

MARGIN = 0.1
"""Fraction of its time limit that a part keeps free for its end, at least SPARE seconds."""
SPARE = 2.0
ENDING = 3.0
"""Seconds between SIGTERM and SIGKILL."""


@dataclass(frozen=True)
class Outcome:
    """The lines of a part, and how it ended."""

    part: Part
    lines: list[dict[str, Any]]
    state: str
    """done; cut by time ...; failed: ...; not measured: ..."""
    seconds: float


def watched(part: Part, task: dict[str, Any], seconds: float) -> Outcome:
    """Run a part for at most this many seconds. If it fails or hangs, the outcome says so; other parts still run."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file, log = Path(folder, "lines"), Path(folder, "log")
        given = json.dumps({**task, "ends": time.time() + seconds - max(SPARE, MARGIN * seconds)})
        command = [sys.executable, "-m", "benchmarks.gpu.child", part.module, str(file), given]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | part.environment,
                start_new_session=True,
            )
            try:
                status = process.wait(seconds)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                _end(process)
        lines = _lines(file)
        state = _state(lines, status, log)
    facts = [line for line in lines if not line.keys() & {"ended", "left_out", "missing"}]
    return Outcome(part, facts, state, time.monotonic() - began)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all processes that it has started."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDING)


def _lines(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    whole = file.read_text(encoding="utf-8").split("\n")[:-1]  # without the last line, which may be incomplete
    return [json.loads(line) for line in whole]


def _state(lines: list[dict[str, Any]], status: int | None, log: Path) -> str:
    notes: dict[str, Any] = {}
    for line in lines:
        notes |= line
    if "missing" in notes:
        return f"not measured: {notes['missing']}"
    if "left_out" in notes:
        return f"cut by time: without {', '.join(notes['left_out'])}"
    if "ended" in notes:
        return "done"
    if status is None:
        return "cut by time: it had not ended"
    words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or [f"exit code {status}"]
    return f"failed: {words[-1]:.300}"
