"""Stability and costs in a report, and each as a page of its own."""

from rts_search.analysis.costs.reaching import usual_value
from rts_search.analysis.costs.table import CostsTable
from rts_search.analysis.courses.course import Courses
from rts_search.analysis.courses.section import Section
from rts_search.analysis.figures.figure import Figure
from rts_search.analysis.report.rendering import render
from rts_search.analysis.stability.table import StabilityTable
from rts_search.basics.environment import versions


def sections_of(courses: Courses | None) -> list[Section]:
    """The sections of a report; none without the records of the runs."""
    if courses is None:
        return []
    found = [StabilityTable(courses).section]
    if any(method.completed for method in courses.shown):
        found.append(CostsTable(courses, usual_value(courses)).section)
    return found


def page(name: str, section: Section, figure: Figure | None) -> str:
    """A section and its figure as one HTML file that works offline. Raises: UserError: plotly is not installed."""
    figures = [figure] if figure is not None else []
    return render("section_page.html", name=name, sections=[section], figures=figures, versions=versions())
