"""The objects that all requests share."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import Jobs
from rts_search.server.database.notes import Notes
from rts_search.server.event_stream import Events
from rts_search.server.figure_cache import FigureCache
from rts_search.server.job_runner import JobRunner
from rts_search.server.kept_answers import KeptAnswers
from rts_search.server.local_access import LocalAccess
from rts_search.server.middleware.limits import RateLimit
from rts_search.server.overview import Overview
from rts_search.server.prometheus import Metrics
from rts_search.server.settings import ServerSettings
from rts_search.server.snapshots import Snapshots


@dataclass(frozen=True)
class ServerState:
    """The objects of one service."""

    settings: ServerSettings
    database: Database
    snapshots: Snapshots
    overview: Overview
    jobs: Jobs
    notes: Notes
    job_runner: JobRunner
    events: Events
    figures: FigureCache
    answers: KeptAnswers
    local_access: LocalAccess
    metrics: Metrics
    logins: RateLimit
    """Limits how often one address may try to log in."""


def state_of(request: HTTPConnection) -> ServerState:
    """The shared objects of the service that got this request."""
    state: ServerState = request.app.state.parts
    return state
