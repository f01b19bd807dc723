"""A part that never ends, with a child process that never ends."""

import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.gpu.task import Line, Task


def run(task: Task) -> Iterator[Line]:
    del task
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield {"child": child.pid}
    time.sleep(600)
