"""One part in a process of its own: `python -m benchmarks.gpu.child NAME FILE TASK`, its lines appended to the file."""

import importlib
import json
import signal
import sys
from pathlib import Path

from benchmarks.gpu.task import MissingError, Task


def main() -> None:
    """Run the part; each line is in the file as soon as it is known, so that what ends the process loses none."""
    module, file, given = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a part stops what it has started
    task = Task(**json.loads(given))
    with Path(file).open("a", encoding="utf-8") as lines:

        def keep(line: dict[str, object]) -> None:
            lines.write(json.dumps(line) + "\n")
            lines.flush()

        try:
            for line in importlib.import_module(module).run(task):
                keep(line)
        except MissingError as error:
            keep({"missing": str(error)})
        if task.left_out:
            keep({"left_out": task.left_out})
        keep({"ended": True})


if __name__ == "__main__":
    main()
