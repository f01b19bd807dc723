"""The landscape in a report, and as a page of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from rts_search.analysis.figures.landscape import drawn
from rts_search.analysis.landscape.table import cells, explained, head
from rts_search.analysis.report.rendering import render
from rts_search.basics.environment import versions
from rts_search.study.landscape_record import Landscape


@dataclass(frozen=True)
class LandscapeSection:
    """The table of a landscape, and what it shows."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    explained: str

    @classmethod
    def of(cls, landscape: Landscape) -> "LandscapeSection":
        """The section of what has been measured."""
        return cls(head(landscape), cells(landscape), explained(landscape))


def page(name: str, landscape: Landscape) -> str:
    """The table and the figure as one HTML file that works offline. Raises: UserError: plotly is not installed."""
    figure = drawn(landscape)
    section = LandscapeSection.of(landscape)
    figures = [figure] if figure is not None else []
    return render("landscape_page.html", name=name, landscape=section, figures=figures, versions=versions())
