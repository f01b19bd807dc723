"""The list of all routes: the API and the pages."""

from fastapi.routing import APIRoute

from rts_search.server.api import (
    actions,
    comparing,
    confirmation_size,
    drafts,
    events,
    health,
    notes,
    planning,
    results,
    sweeps,
)
from rts_search.server.pages import (
    api_docs,
    assets,
    audit_page,
    compare_page,
    login,
    new_sweep,
    sweep_list,
    sweep_page,
    trial_page,
)

_API = (sweeps, actions, confirmation_size, notes, results, comparing, planning, drafts, events, health)
_PAGES = (sweep_list, sweep_page, trial_page, compare_page, new_sweep, audit_page, api_docs, login, assets)
ROUTERS = tuple(part.router for part in (*_API, *_PAGES))


def allowed_methods(path: str) -> str:
    """The methods that a path allows, as in the header Allow.

    Each method of a path has its own route here, and Starlette would name only the methods of the first one.
    """
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    matching = [route for route in routes if route.path_regex.fullmatch(path)]
    return ", ".join(sorted({method for route in matching for method in route.methods or ()})) or "GET, HEAD"
