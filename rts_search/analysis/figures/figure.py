"""A figure as plain Plotly JSON, and the layout that all figures share."""

import textwrap
from dataclasses import dataclass
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B478E1", "#964B87", "#C32D00", "#69694B")
"""Four of Wong, Nature Methods 8, 441 (2011), and four more. Each has a contrast of 3 to the light and to the dark
page, and colour-blind readers tell any two of them apart; the tests compute both."""
NEUTRAL = "#808080"
"""Colour of what is no method and no trial: intervals, the line at zero, baselines."""
QUIET = "rgba(128,128,128,0.45)"
"""Colour of lines in the background."""
DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot", "5px,2px,1px,2px")
HEIGHT = 440
"""Pixels of most figures. Pages reserve them before a figure has arrived."""
HOVER = 38
"""Letters of a line in a label: it fits in a figure on a phone."""


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


def layout(x: str, y: str, height: int = HEIGHT, **more: Any) -> dict[str, Any]:
    """A layout with the titles of both axes; `more` adds Plotly settings. Pages set its colours and its width.

    The legend is above the figure, where it meets no axis however many rows it has.
    """
    axis = {"gridcolor": "rgba(128,128,128,0.25)", "zeroline": False, "automargin": True}
    return {
        "xaxis": {"title": {"text": x}, **axis},
        "yaxis": {"title": {"text": y}, **axis},
        "height": height,
        "margin": {"l": 60, "r": 20, "t": 30, "b": 50},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "constant"},
        "hovermode": "closest",
        "hoverlabel": {"align": "left", "namelength": -1, "font": {"size": 12}},
        "font": {"family": "system-ui, sans-serif", "size": 13},
        **more,
    }


def wrapped(text: str) -> str:
    """A text for a label, in lines of at most HOVER letters."""
    return "<br>".join(textwrap.wrap(text, HOVER, break_long_words=False))


def epochs_axis(epochs: int) -> dict[str, Any]:
    """Settings of an axis of this many epochs: about ten ticks, at whole epochs."""
    return {"tick0": 0, "dtick": max(1, round(epochs / 10))}
