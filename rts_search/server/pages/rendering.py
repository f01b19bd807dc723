"""Renders the templates of the pages."""

from datetime import UTC, datetime
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rts_search.analysis.report.rendering import coded, embedded
from rts_search.server.database.tokens import Identity

_loader = ChoiceLoader([PackageLoader("rts_search.server"), PackageLoader("rts_search.analysis.report")])


def clock(seconds: float) -> str:
    """A duration: `4:07`, `1:02:33`, or `3 d 4:00:00`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    whole = f"{hours}:{minutes:02d}:{rest:02d}" if hours or days else f"{minutes}:{rest:02d}"
    return f"{days} d {whole}" if days else whole


def when(seconds: float) -> Markup:
    """A moment in seconds since 1970. A script writes it in the time zone of the browser."""
    moment = datetime.fromtimestamp(seconds, UTC)
    shown = f"{moment:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(timespec="seconds"), shown)


def breakable(name: str) -> Markup:
    """A dotted name that may be broken after its points."""
    return Markup(".<wbr>").join(name.split("."))


def thousands(number: int) -> str:
    """A whole number with commas."""
    return f"{number:,}"


_templates = Environment(
    loader=_loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_templates.globals["embedded"] = embedded
_templates.filters.update(coded=coded, clock=clock, when=when, breakable=breakable, thousands=thousands)


def page(template: str, identity: Identity | None, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a template for a user; `identity` is None for somebody who has not logged in."""
    return HTMLResponse(_templates.get_template(template).render(identity=identity, **values), status)


def problem_page(status: int, error: str, identity: Identity | None = None) -> HTMLResponse:
    """The page of a refused request, with the navigation of its user."""
    return page("problem.html", identity, status, code=status, error=error)
