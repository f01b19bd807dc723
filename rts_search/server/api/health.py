"""Requests for programs that monitor the service."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from rts_search.server.access import VIEWER, State

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def health() -> dict[str, str]:
    """Answer, so that a monitor sees that the service runs, also while all threads wait for the database."""
    return {"status": "ok"}


@router.get("/metrics", dependencies=[VIEWER])
def metrics(state: State) -> Response:
    """Return the metrics for Prometheus, which needs a viewer's token."""
    return Response(state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
