"""What a GPU does with the training core, part by part, each in a process and a time of its own.

A part is a module with a function `run(task)`, which yields JSON lines; `parts.py` names them in the order of their
worth, `child.py` runs one of them, `command.py` runs them all. Nothing here needs Ray or Optuna.
"""

from benchmarks.gpu.command import main

__all__ = ["main"]
