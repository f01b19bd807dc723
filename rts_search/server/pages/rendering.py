"""Renders the templates of the pages."""

from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from rts_search.analysis.report.rendering import embedded
from rts_search.server.database.tokens import Identity

_loader = ChoiceLoader([PackageLoader("rts_search.server"), PackageLoader("rts_search.analysis.report")])
_templates = Environment(loader=_loader, autoescape=True, undefined=StrictUndefined)
_templates.globals["embedded"] = embedded


def page(template: str, identity: Identity | None, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a template for a user; `identity` is None for somebody who has not logged in."""
    return HTMLResponse(_templates.get_template(template).render(identity=identity, **values), status)


def problem_page(status: int, error: str) -> HTMLResponse:
    """The page of a refused request."""
    return page("problem.html", None, status, code=status, error=error)
