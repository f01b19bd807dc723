"""The input of a part (device, files, time limit), and the lines that it yields."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

Case = TypeVar("Case")
Line = dict[str, Any]


class MissingError(RuntimeError):
    """This machine lacks something that the part needs. The message says what."""


@dataclass
class Task:
    """The input of one part."""

    device: str
    """cuda or cpu."""
    ends: float
    """When its time ends, in seconds since 1970."""
    images: str | None = None
    """Folder of photographs, train/CLASS/* and test/CLASS/*."""
    curve: str | None = None
    """File of recorded curves."""
    full: bool = False
    """Whether to measure with the sizes for a GPU; else with small sizes, which a CPU can do."""
    left_out: list[str] = field(default_factory=list)
    """Cases for which there was no time, filled by `cases`."""

    @property
    def on_gpu(self) -> bool:
        """Whether the device is a GPU."""
        return self.device == "cuda"

    @property
    def left(self) -> float:
        """Seconds until its time ends."""
        return self.ends - time.time()

    def cases(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Yield the cases for which there is time, if each takes as long as the longest so far."""
        longest = 0.0
        for case in cases:
            if self.left < 1.3 * longest + 0.5:
                self.left_out.append(label(case))
                continue
            began = time.time()
            yield case
            longest = max(longest, time.time() - began)

    def verdict(self, holds: bool) -> bool | None:
        """Return `holds` on a GPU; None on a CPU, whose numbers say nothing about a GPU."""
        return holds if self.on_gpu else None


def all_of(what: str, sound: int, looked_at: int, holds: bool | None) -> Iterator[Line]:
    """Yield one claim that all `looked_at` cases are sound; none when there was no case."""
    if looked_at:
        yield claim(what, f"{sound} of {looked_at}", "all", holds)


def label(case: object) -> str:
    """Return a case as text."""
    return " ".join(map(str, case)) if isinstance(case, tuple) else str(case)


def claim(what: str, number: object, goal: str, holds: bool | str | None) -> Line:
    """Make a line that the summary shows: what should be true, the number, the goal, and whether it is true.

    holds: None when there is no GPU; a text when there is no answer for another reason.
    """
    return {"claim": what, "number": number, "goal": goal, "holds": holds}
