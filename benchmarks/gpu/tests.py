"""Run the tests marked gpu. They need pytest, torch, torchvision and timm."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.gpu.task import Line, MissingError, Task, claim

FOLDER = Path("tests/trainables/core/gpu")
TOLD = re.compile(r"^(\S+::.+?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b")


def run(task: Task) -> Iterator[Line]:
    """Yield a line for each test, and how many passed. The folder has its own pytest.ini, which needs no plugin."""
    if find_spec("pytest") is None:
        raise MissingError("pytest is not installed")
    command = [sys.executable, "-m", "pytest", "-v", "--color=no", "-p", "no:cacheprovider", "-m", "gpu", str(FOLDER)]
    at_once = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=at_once)
    ended: Counter[str] = Counter()
    lines: list[str] = []
    assert process.stdout is not None
    for text in process.stdout:
        lines.append(text.rstrip())
        found = TOLD.match(text)
        if found:
            ended[found[2]] += 1
            yield {"test": found[1], "outcome": found[2].lower()}
        if task.left < 0:
            process.kill()
            task.left_out.append("the other tests")
            break
    process.wait()
    yield from ({"said": line} for line in lines if line.startswith("E  "))
    number = f"{ended['PASSED']} passed, {ended['FAILED'] + ended['ERROR']} failed, {ended['SKIPPED']} skipped"
    if not ended:
        raise RuntimeError(f"no test was run: {' '.join(lines[-3:])}")
    yield claim("tests marked gpu pass", number, "all", task.verdict(ended["PASSED"] == ended.total() > 0))
