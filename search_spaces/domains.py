"""Domains: the sets of values from which one setting is drawn."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeAlias

from trainables.core.settings.section import require

Value: TypeAlias = int | float | str | bool


class _Listed(ABC):
    """A domain that lists its values."""

    @abstractmethod
    def values(self) -> tuple[Any, ...]:
        """All values that can be drawn."""

    @property
    def size(self) -> int:
        """Number of values that can be drawn."""
        return len(self.values())

    @property
    def lowest(self) -> Any:
        """The smallest value; of names, the first in alphabetical order."""
        return min(self.values())

    @property
    def highest(self) -> Any:
        """The largest value; of names, the last in alphabetical order."""
        return max(self.values())

    @property
    def extremes(self) -> tuple[Any, ...]:
        """The values to check: if they are legal, all are. Of numbers, the smallest and the largest; of names, all."""
        named = any(isinstance(value, str) for value in self.values())
        return self.values() if named else tuple(sorted({self.lowest, self.highest}))


@dataclass(frozen=True)
class Fixed(_Listed):
    """One value: `0.5`."""

    value: Value | tuple[float, ...]

    def values(self) -> tuple[Any, ...]:
        """The one value."""
        return (self.value,)

    def plain(self) -> Any:
        """The form in a sweep file."""
        return self.value


@dataclass(frozen=True)
class Choice(_Listed):
    """One value out of a list, all of one kind: `[0.5, 1, 2]`."""

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        require(len(self.options) >= 1, "", "must list at least one value", self.plain())
        require(len(set(self.options)) == len(self.options), "", "must not list a value twice", self.plain())

    def values(self) -> tuple[Any, ...]:
        """The options, in the order in which they are listed."""
        return self.options

    def plain(self) -> Any:
        """The form in a sweep file."""
        return list(self.options)


@dataclass(frozen=True)
class _Range:
    """A domain that is given by its ends, which can be drawn too."""

    low: float
    high: float

    def __post_init__(self) -> None:
        finite = math.isfinite(self.low) and math.isfinite(self.high)
        require(finite, "", "must have finite ends", self.plain())
        require(self.low < self.high, "", "must have low < high", self.plain())

    @property
    def size(self) -> int | None:
        """Number of values that can be drawn; None for a continuous domain."""
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
        """The values to check: if both ends are legal, all values are."""
        return (self.low, self.high)

    def values(self) -> tuple[Any, ...] | None:
        """All values that can be drawn; None for a continuous domain."""
        return None

    def plain(self) -> Any:
        """The form in a sweep file."""
        return {type(self).__name__.lower(): [self.low, self.high]}


@dataclass(frozen=True)
class Uniform(_Range):
    """Any number from low to high: `{uniform: [0, 1]}`."""


@dataclass(frozen=True)
class LogUniform(_Range):
    """Any number from low > 0 to high, whose logarithm is uniform: `{loguniform: [0.01, 1]}`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.low > 0, "", "must have low > 0", self.plain())


@dataclass(frozen=True)
class Integer(_Range):
    """One of the integers low, low + step, ..., high: `{integer: [1, 9]}` or `{integer: [1, 9, 2]}`."""

    low: int
    high: int
    step: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.step >= 1, "", "must have step >= 1", self.plain())
        # Otherwise the upper end, which the user wrote down, could not be drawn.
        rule = "must have a step that leads from low to high"
        require((self.high - self.low) % self.step == 0, "", rule, self.plain())

    @property
    def size(self) -> int:
        """Number of values that can be drawn."""
        return (self.high - self.low) // self.step + 1

    def values(self) -> tuple[Any, ...]:
        """The integers in ascending order."""
        return tuple(range(self.low, self.high + 1, self.step))

    def plain(self) -> Any:
        """The form in a sweep file."""
        return {"integer": [self.low, self.high] + ([self.step] if self.step != 1 else [])}


Domain: TypeAlias = Fixed | Choice | Uniform | LogUniform | Integer
