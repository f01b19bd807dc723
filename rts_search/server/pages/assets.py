"""Serves the styles and scripts of the pages."""

from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response

from rts_search.server.problems import Problem
from rts_search.server.state import state_of

PLOTLY = "plotly.min.js"
CONTENT_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)


@router.get("/assets/{file}")
def asset(request: Request, file: str) -> Response:
    """A style or a script, kept compressed. Plotly's script comes from its Python package."""
    found = _assets().get(file)
    if found is None:
        raise Problem(404, "there is no such file")
    kind = CONTENT_TYPES[file.rpartition(".")[2]]

    def read() -> Response:
        return Response(found.read_bytes(), media_type=kind, headers={"Cache-Control": "public, max-age=3600"})

    return state_of(request).answers.get(request, ("asset", file), None, read)


@cache
def _assets() -> dict[str, Any]:
    """The files by their names. A name is only looked up here, so that no request can name another path."""
    folders = (files("rts_search.server") / "assets", files("rts_search.analysis.report") / "assets")
    found = {one.name: one for folder in folders for one in folder.iterdir()}
    return {**found, PLOTLY: files("plotly") / "package_data" / PLOTLY}
