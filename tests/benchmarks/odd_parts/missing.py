"""A part that needs something that this machine lacks."""

from collections.abc import Iterator

from benchmarks.gpu.task import Line, MissingError, Task


def run(task: Task) -> Iterator[Line]:
    del task
    yield from ()
    raise MissingError("there is no fan")
