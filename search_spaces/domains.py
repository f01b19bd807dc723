"""What one setting may be drawn from."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeAlias

from trainables.core.settings.section import require

Value: TypeAlias = int | float | str


class _Listed(ABC):
    """A domain whose values are written down one by one."""

    @abstractmethod
    def values(self) -> tuple[Any, ...]:
        """Everything that can be drawn."""

    @property
    def size(self) -> int:
        """How many values can be drawn."""
        return len(self.values())

    @property
    def lowest(self) -> Any:
        """The smallest value; of names, the first of the alphabet."""
        return min(self.values())

    @property
    def highest(self) -> Any:
        """The largest value; of names, the last of the alphabet."""
        return max(self.values())

    @property
    def extremes(self) -> tuple[Any, ...]:
        """Enough values to find out whether all are legal: numbers lie between two, names are each a case."""
        named = any(isinstance(value, str) for value in self.values())
        return self.values() if named else tuple(sorted({self.lowest, self.highest}))


@dataclass(frozen=True)
class Fixed(_Listed):
    """One value: `0.5`."""

    value: Value

    def values(self) -> tuple[Any, ...]:
        """The value alone."""
        return (self.value,)

    def plain(self) -> Any:
        """The form in a sweep file."""
        return self.value


@dataclass(frozen=True)
class Choice(_Listed):
    """One of a few values of one kind: `[0.5, 1, 2]`."""

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        require(len(self.options) >= 1, "", "must list at least one value", self.plain())
        require(len(set(self.options)) == len(self.options), "", "must not list a value twice", self.plain())

    def values(self) -> tuple[Any, ...]:
        """The options in their order."""
        return self.options

    def plain(self) -> Any:
        """The form in a sweep file."""
        return list(self.options)


@dataclass(frozen=True)
class _Range:
    """A domain that is given by its ends, both of which can be drawn."""

    low: float
    high: float

    def __post_init__(self) -> None:
        finite = math.isfinite(self.low) and math.isfinite(self.high)
        require(finite, "", "must have finite ends", self.plain())
        require(self.low < self.high, "", "must have low < high", self.plain())

    @property
    def size(self) -> int | None:
        """How many values can be drawn; None when they cannot be counted."""
        return None

    @property
    def lowest(self) -> Any:
        """The smallest value."""
        return self.low

    @property
    def highest(self) -> Any:
        """The largest value."""
        return self.high

    @property
    def extremes(self) -> tuple[Any, ...]:
        """Enough values to find out whether all are legal."""
        return (self.low, self.high)

    def values(self) -> tuple[Any, ...] | None:
        """Everything that can be drawn; None when it cannot be listed."""
        return None

    def plain(self) -> Any:
        """The form in a sweep file."""
        return {type(self).__name__.lower(): [self.low, self.high]}


@dataclass(frozen=True)
class Uniform(_Range):
    """Any number from low to high: `{uniform: [0, 1]}`."""


@dataclass(frozen=True)
class LogUniform(_Range):
    """Any number from low to high, drawn by its order of magnitude: `{loguniform: [0.01, 1]}`; low > 0."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.low > 0, "", "must have low > 0", self.plain())


@dataclass(frozen=True)
class Integer(_Range):
    """The integers low, low + step, ..., high: `{integer: [1, 9]}` or `{integer: [1, 9, 2]}`."""

    low: int
    high: int
    step: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.step >= 1, "", "must have step >= 1", self.plain())
        # Otherwise the upper end could not be drawn although it is written down.
        rule = "must have a step that leads from low to high"
        require((self.high - self.low) % self.step == 0, "", rule, self.plain())

    @property
    def size(self) -> int:
        """How many values can be drawn."""
        return (self.high - self.low) // self.step + 1

    def values(self) -> tuple[Any, ...]:
        """The integers in ascending order."""
        return tuple(range(self.low, self.high + 1, self.step))

    def plain(self) -> Any:
        """The form in a sweep file."""
        return {"integer": [self.low, self.high] + ([self.step] if self.step != 1 else [])}


Domain: TypeAlias = Fixed | Choice | Uniform | LogUniform | Integer
