"""Everything that must be measured on a GPU, in one run: equality of recorded steps, speed, memory, sharing.

The measurement has parts. Each is a module with a function `run(task)` that yields JSON lines, and runs in its own
process with its own time limit. `parts.py` lists them, the most important first; `child.py` runs one part; `command.py`
runs them all. Nothing here needs Ray or Optuna. Without a GPU it runs with small sizes, as a test of itself.
"""

from benchmarks.gpu.command import main

__all__ = ["main"]
