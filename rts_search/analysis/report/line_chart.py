"""A line chart over the epochs as inline SVG: it needs no script, and takes its colours from the page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

WIDTH, HEIGHT = 440, 210
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 12, 26
TICKS = 4


@dataclass(frozen=True)
class Line:
    """One line of a chart."""

    label: str
    values: Sequence[float | None]
    """By epoch; None where there is none."""
    kind: Literal["own", "other", "base"] = "own"
    """How it is drawn: as the trial's own line, as that of another trial, or as that of a baseline."""

    @property
    def drawn(self) -> bool:
        """Whether it has a value that can be drawn."""
        return any(value is not None and math.isfinite(value) for value in self.values)


def line_chart(lines: Sequence[Line], title: str, unit: str = "") -> str:
    """The chart as SVG; empty where no line has a value. `unit`: what follows the numbers of the axis."""
    known = [value for line in lines for value in line.values if value is not None and math.isfinite(value)]
    if not known:
        return ""
    ticks = _ticks(min(known), max(known))
    low, high = min(*ticks, *known), max(*ticks, *known)
    length = max(len(line.values) for line in lines)

    def place(epoch: int, value: float) -> tuple[float, float]:
        across = epoch / (length - 1) if length > 1 else 0.5
        up = (value - low) / (high - low) if high > low else 0.5
        x, y = LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)
        return round(x, 1), round(y, 1)

    parts = [_grid(place(0, tick)[1], f"{tick:.4g}{unit}") for tick in ticks]
    for epoch in sorted({0, (length - 1) // 2, length - 1}):
        parts.append(f'<text x="{place(epoch, low)[0]:g}" y="{HEIGHT - 8}" text-anchor="middle">{epoch + 1}</text>')
    for line in sorted(lines, key=lambda line: line.kind == "own"):  # the own one is drawn over the others
        for run in _runs(line.values):
            points = [place(epoch, value) for epoch, value in run]
            if len(points) == 1:
                parts.append(f'<circle class="{line.kind}" cx="{points[0][0]:g}" cy="{points[0][1]:g}" r="3"/>')
            else:
                path = " ".join(f"{x:g},{y:g}" for x, y in points)
                parts.append(f'<polyline class="{line.kind}" points="{path}"/>')
    said = escape(f"{title} by epoch: {'; '.join(_told(line, unit) for line in lines)}")
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">{"".join(parts)}</svg>'


def _told(line: Line, unit: str) -> str:
    known = [value for value in line.values if value is not None]
    return f"{line.label} from {known[0]:.4g}{unit} to {known[-1]:.4g}{unit}" if known else f"{line.label} has none"


def _grid(y: float, text: str) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:g}" y2="{y:g}"/>'
    return f'{line}<text x="{LEFT - 6}" y="{y + 4:g}" text-anchor="end">{escape(text)}</text>'


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two values, at most TICKS + 1."""
    if high <= low:
        return [low]
    rough = (high - low) / TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)] or [low]


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches of epochs that have a value."""
    found: list[list[tuple[int, float]]] = [[]]
    for epoch, value in enumerate(values):
        if value is not None and math.isfinite(value):
            found[-1].append((epoch, value))
        elif found[-1]:
            found.append([])
    return [run for run in found if run]
