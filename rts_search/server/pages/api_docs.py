"""The page that describes the API. It is written from the OpenAPI document, and needs nothing from elsewhere."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rts_search.server.pages.login import user_of
from rts_search.server.pages.openapi_reader import objects, operations
from rts_search.server.pages.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """All requests of the API with their parameters, answers and a command, and the objects of the answers."""
    identity, document = user_of(request), request.app.openapi()
    found = operations(document, str(request.base_url).rstrip("/"))
    tags: dict[str, list[object]] = {}
    for one in found:
        tags.setdefault(one.tag, []).append(one)
    return page("api_docs.html", identity, tags=tags, objects=objects(document))
