"""The loss on a line and on a plane through the weights."""

from collections.abc import Iterator, Sequence

from trainables.core.landscape.loss_function import LossFunction, Vector, plus, times


def places(steps: int, reach: float) -> tuple[float, ...]:
    """An odd number of `steps` equally spaced factors from -reach to reach. The middle one is exactly 0."""
    half = steps // 2
    return tuple(reach * place / half for place in range(-half, half + 1))


def losses_on_line(loss: LossFunction, direction: Vector, factors: Sequence[float]) -> Iterator[float]:
    """Yield L(w + a d) for each factor a (Li et al. 2018, section 2)."""
    for factor in factors:
        with loss.at(times(factor, direction)):
            value = loss.value()
        yield value


def losses_on_plane(
    loss: LossFunction, first: Vector, second: Vector, factors: Sequence[float]
) -> Iterator[list[float]]:
    """Yield the rows of L(w + a d + b e): one row for each factor b of `second`, with all factors a of `first`."""
    for upward in factors:
        base = times(upward, second)
        row = []
        for factor in factors:
            with loss.at(plus(times(factor, first), base)):
                row.append(loss.value())
        yield row
