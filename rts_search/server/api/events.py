"""Requests for the streams of server-sent events."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from rts_search.server.access import VIEWER, State
from rts_search.server.api.parameters import Name
from rts_search.server.state import ServerState

router = APIRouter(prefix="/api", tags=["events"], dependencies=[VIEWER])
STREAM = {
    200: {
        "description": "Server-sent events: `sweep` with a SweepSummary, `gone` with the name of a deleted sweep.",
        "content": {"text/event-stream": {}},
    }
}


@router.get("/events", responses=STREAM, response_class=StreamingResponse)  # type: ignore[arg-type]
def all_events(state: State) -> StreamingResponse:
    """Stream the summaries of all sweeps: first of every sweep, then of each sweep that changes."""
    return _stream(state, None)


@router.get("/sweeps/{name}/events", responses=STREAM, response_class=StreamingResponse)  # type: ignore[arg-type]
def events(name: Name, state: State) -> StreamingResponse:
    """Stream the summary of one sweep: first as it is now, then whenever it changes."""
    return _stream(state, name)


def _stream(state: ServerState, name: str | None) -> StreamingResponse:
    state.events.require_room()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(state.events.listen(name), media_type="text/event-stream", headers=headers)
