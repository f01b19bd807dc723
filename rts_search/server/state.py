"""What all requests share."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import Jobs
from rts_search.server.event_stream import Events
from rts_search.server.figure_cache import FigureCache
from rts_search.server.job_runner import Supervisor
from rts_search.server.middleware.limits import RateLimit
from rts_search.server.prometheus import Metrics
from rts_search.server.settings import ServerSettings
from rts_search.server.snapshots import Snapshots


@dataclass(frozen=True)
class ServerState:
    """The parts of the service."""

    settings: ServerSettings
    database: Database
    catalogue: Snapshots
    jobs: Jobs
    supervisor: Supervisor
    events: Events
    drawings: FigureCache
    open_to_local: bool
    """Whether users of this machine need no token: it listens on loopback, and has none yet."""
    metrics: Metrics
    logins: RateLimit
    """Attempts to log in, of one address."""


def state_of(request: HTTPConnection) -> ServerState:
    """The parts, from a request."""
    state: ServerState = request.app.state.parts
    return state
