"""The list of all routes: the API and the pages."""

from fastapi.routing import APIRoute

from rts_search.server.api import actions, drafts, events, health, planning, results, sweeps
from rts_search.server.pages import assets, login, new_sweep, sweep_pages

_API = (sweeps, actions, results, planning, drafts, events, health)
_PAGES = (new_sweep, sweep_pages, login, assets)
ROUTERS = tuple(part.router for part in (*_API, *_PAGES))


def allowed_methods(path: str) -> str:
    """The methods that a path allows, as in the header Allow.

    Each method of a path has its own route here, and Starlette would name only the methods of the first one.
    """
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    matching = [route for route in routes if route.path_regex.fullmatch(path)]
    return ", ".join(sorted({method for route in matching for method in route.methods or ()})) or "GET, HEAD"
