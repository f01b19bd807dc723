"""Run one part in this process: `python -m benchmarks.gpu.child MODULE FILE TASK` appends its lines to the file."""

import argparse
import importlib
import json
import signal
import sys
from pathlib import Path

from benchmarks.gpu.task import MissingError, Task


def main() -> None:
    """Run the part. Each line is written at once, so that no line is lost when the process is killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, what in (("module", "a part"), ("file", "gets its lines"), ("task", "what to measure, as JSON")):
        parser.add_argument(name, help=what)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the part ends the processes that it has started
    task = Task(**json.loads(asked.task))
    with Path(asked.file).open("a", encoding="utf-8") as lines:

        def keep(line: dict[str, object]) -> None:
            lines.write(json.dumps(line) + "\n")
            lines.flush()

        try:
            for line in importlib.import_module(asked.module).run(task):
                keep(line)
        except MissingError as error:
            keep({"missing": str(error)})
        if task.left_out:
            keep({"left_out": task.left_out})
        keep({"ended": True})


if __name__ == "__main__":
    main()
