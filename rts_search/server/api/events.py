"""The stream of what changes."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from rts_search.server.access import VIEWER, State
from rts_search.server.api.sweeps import Name
from rts_search.server.state import ServerState

router = APIRouter(prefix="/api", tags=["events"], dependencies=[VIEWER])
STREAM = {200: {"description": "Server-sent events `sweep` and `gone`.", "content": {"text/event-stream": {}}}}


@router.get("/events", responses=STREAM, response_class=StreamingResponse)  # type: ignore[arg-type]
def all_events(state: State) -> StreamingResponse:
    """What changes in any sweep: a SweepSummary as JSON, first of every sweep, then of those that changed."""
    return _stream(state, None)


@router.get("/sweeps/{name}/events", responses=STREAM, response_class=StreamingResponse)  # type: ignore[arg-type]
def events(name: Name, state: State) -> StreamingResponse:
    """What changes in one sweep."""
    return _stream(state, name)


def _stream(state: ServerState, name: str | None) -> StreamingResponse:
    state.events.require_room()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(state.events.listen(name), media_type="text/event-stream", headers=headers)
