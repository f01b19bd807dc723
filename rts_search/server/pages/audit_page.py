"""The audit log: who did what, or was refused, and when."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rts_search.server.database.audit import AuditEntry, latest
from rts_search.server.pages.login import user_of
from rts_search.server.pages.rendering import page
from rts_search.server.state import ServerState, state_of

ONE = "/api/sweeps/{name}"
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "POST /api/sweeps": "launch",
        "POST /api/check": "check a sweep file",
        "POST /api/drafts": "write a sweep file",
        "POST /api/plans": "forecast the cost",
        "POST /api/plans/{number}/stop": "stop a forecast",
        f"POST {ONE}/stop": "stop",
        f"POST {ONE}/resume": "resume",
        f"POST {ONE}/extend": "extend",
        f"POST {ONE}/confirm": "confirm",
        f"PATCH {ONE}/note": "write the note",
        f"DELETE {ONE}": "delete",
        "GET /audit": "open the audit log",
        "GET /new": "open the form for a new sweep",
    }
)
"""Method and route, as the log holds them -> the action in words. What is not here is shown as it is."""

router = APIRouter(include_in_schema=False)


@router.get("/audit")
def audit_log(request: Request) -> HTMLResponse:
    """The latest entries of the audit log, for an admin."""
    identity = user_of(request, "admin")
    state = state_of(request)
    entries = [(entry, told(entry.action), outcome(entry)) for entry in latest(state.database)]
    return page("audit.html", identity, entries=entries, known=known_sweeps(state))


def known_sweeps(state: ServerState) -> set[str]:
    """The sweeps that have a page: those with a study, and those in the queue."""
    queued = (job.sweep for job in state.jobs.latest().values() if job.kind == "launch")
    return {*state.snapshots.names(), *queued}


def told(action: str) -> str:
    """An action in words."""
    return WORDS.get(action, action)


def outcome(entry: AuditEntry) -> str:
    """`done`, or why the service refused it, with the HTTP status."""
    if entry.status < 400:
        return "done"
    return f"refused: {HTTPStatus(entry.status).phrase.lower()} ({entry.status})"
