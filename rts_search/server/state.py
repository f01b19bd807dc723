"""What all requests share."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from rts_search.server.catalogue import Catalogue
from rts_search.server.database import Database
from rts_search.server.drawing import Drawings
from rts_search.server.events import Events
from rts_search.server.guards import RateLimit
from rts_search.server.jobs import Jobs
from rts_search.server.metrics import Metrics
from rts_search.server.settings import ServerSettings
from rts_search.server.supervisor import Supervisor


@dataclass(frozen=True)
class ServerState:
    """The parts of the service."""

    settings: ServerSettings
    database: Database
    catalogue: Catalogue
    jobs: Jobs
    supervisor: Supervisor
    events: Events
    drawings: Drawings
    open_to_local: bool
    """Whether users of this machine need no token: it listens on loopback, and has none yet."""
    metrics: Metrics
    logins: RateLimit
    """Attempts to log in, of one address."""


def state_of(request: HTTPConnection) -> ServerState:
    """The parts, from a request."""
    state: ServerState = request.app.state.parts
    return state
