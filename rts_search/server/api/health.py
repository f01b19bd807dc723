"""For machines that look after the service."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from rts_search.server.access import VIEWER, State

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def health() -> dict[str, str]:
    """Whether it answers."""
    return {"status": "ok"}


@router.get("/metrics", dependencies=[VIEWER])
def metrics(state: State) -> Response:
    """Numbers for Prometheus, which comes with a viewer's token."""
    return Response(state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
