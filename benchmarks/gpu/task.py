"""What a part is given: device, files and time; and the lines that it gives back."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

Case = TypeVar("Case")
Line = dict[str, Any]


class MissingError(RuntimeError):
    """Something that this part needs is not on this machine; says what."""


@dataclass
class Task:
    """One part's share of the whole."""

    device: str
    """cuda or cpu."""
    ends: float
    """When its time is over, in seconds since 1970."""
    images: str | None = None
    """Folder of photographs, train/CLASS/* and test/CLASS/*."""
    curve: str | None = None
    """File of recorded curves."""
    full: bool = False
    """In full, as a GPU needs it; else in small, as a CPU can."""
    left_out: list[str] = field(default_factory=list)
    """Cases for which there was no time."""

    @property
    def on_gpu(self) -> bool:
        """Whether this is the real thing."""
        return self.device == "cuda"

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.ends - time.time()

    def cases(self, cases: Iterable[Case]) -> Iterator[Case]:
        """One after the other, as long as there is time for one as long as the longest so far."""
        longest = 0.0
        for case in cases:
            if self.left < 1.3 * longest + 0.5:
                self.left_out.append(label(case))
                continue
            began = time.time()
            yield case
            longest = max(longest, time.time() - began)

    def verdict(self, holds: bool) -> bool | None:
        """What is said of a GPU; None where there is none."""
        return holds if self.on_gpu else None


def all_of(what: str, sound: int, looked_at: int, holds: bool | None) -> Iterator[Line]:
    """A claim about every case that was looked at; none when there was none."""
    if looked_at:
        yield claim(what, f"{sound} of {looked_at}", "all", holds)


def label(case: object) -> str:
    """A case in words."""
    return " ".join(map(str, case)) if isinstance(case, tuple) else str(case)


def claim(what: str, number: object, goal: str, holds: bool | str | None) -> Line:
    """A line that the summary shows: what should hold, the number, and whether it does (None: no GPU), or a word."""
    return {"claim": what, "number": number, "goal": goal, "holds": holds}
