"""A figure as plain Plotly JSON, and the layout that all figures share."""

from dataclasses import dataclass
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195", "#8C6D31", "#5F9EA0", "#B03060")
"""Wong, Nature Methods 8, 441 (2011), and four more that colour-blind readers tell apart on light and on dark."""
QUIET = "rgba(128,128,128,0.45)"
"""Colour of lines in the background."""
DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot", "5px,2px,1px,2px")


@dataclass(frozen=True)
class Figure:
    """One figure."""

    title: str
    caption: str
    """Describes what the figure shows, for readers who cannot see it and for papers."""
    data: list[dict[str, Any]]
    layout: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain values: data and layout for Plotly, title and caption."""
        return {"title": self.title, "caption": self.caption, "data": self.data, "layout": self.layout}


def layout(x: str, y: str, **more: Any) -> dict[str, Any]:
    """A layout with the titles of both axes; `more` adds Plotly settings. Pages set its colours."""
    axis = {"gridcolor": "rgba(128,128,128,0.25)", "zeroline": False, "automargin": True}
    return {
        "xaxis": {"title": {"text": x}, **axis},
        "yaxis": {"title": {"text": y}, **axis},
        "margin": {"l": 60, "r": 20, "t": 20, "b": 50},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "y": -0.25},
        "hovermode": "closest",
        "font": {"family": "system-ui, sans-serif", "size": 13},
        **more,
    }


def epochs_axis(epochs: int) -> dict[str, Any]:
    """Settings of an axis of this many epochs: about ten ticks, at whole epochs."""
    return {"tick0": 0, "dtick": max(1, round(epochs / 10))}


def percent(accuracy: float | None) -> float | None:
    """An accuracy in percent, rounded to four digits after the point; None stays None."""
    return None if accuracy is None else round(100 * accuracy, 4)
