"""A learning curve as a small drawing in the row of a table: inline SVG in the colour of the text."""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 88, 24, 3
MOST_POINTS = 44
"""A longer curve is drawn through every n-th value and the last one: two pixels for each."""


def sparkline(values: Sequence[float | None], low: float, high: float, length: int, label: str) -> str:
    """The drawing as SVG; empty without a value.

    Args:
        values: by epoch, larger is higher; None where there is none.
        low: value at the lower edge; what lies below is drawn there.
        high: value at the upper edge.
        length: number of epochs of the whole width, so that curves of one table can be compared.
        label: what a screen reader says.
    """
    known = [(epoch, value) for epoch, value in enumerate(values) if value is not None]
    if not known:
        return ""
    step = -(-len(known) // MOST_POINTS)
    drawn = known[::step] if (len(known) - 1) % step == 0 else [*known[::step], known[-1]]
    points = [_place(epoch, value, low, high, length) for epoch, value in drawn]
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(label)}"><polyline points="{path}"/><circle cx="{x:g}" cy="{y:g}" r="2"/></svg>'
    )


def bounds(curves: Sequence[Sequence[float | None]]) -> tuple[float, float]:
    """The edges for several curves: from their lowest tenth, so that a bad start flattens no curve, to their best."""
    values = sorted(value for curve in curves for value in curve if value is not None)
    return (values[len(values) // 10], values[-1]) if values else (0.0, 1.0)


def _place(epoch: int, value: float, low: float, high: float, length: int) -> tuple[float, float]:
    share = 0.5 if high <= low else min(1.0, max(0.0, (value - low) / (high - low)))
    across = epoch / max(1, length - 1)
    x, y = MARGIN + across * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
    return round(x, 1), round(y, 1)
