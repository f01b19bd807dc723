"""A study database that may be away or held for a while, used so that this loses nothing.

A request without an answer is repeated. The first one may have arrived, with only its answer lost. Writing an
attribute, a value or a parameter twice is the same as writing it once. Beginning and ending a trial are not: they are
changed here and in `RepeatableStorage` so that the second attempt has no further effect.
"""

import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

from rts_search.basics.signals import InterruptsHeldBack
from rts_search.study.optuna_internals import RepeatableStorage

LONGEST_PAUSE_SECONDS = 5.0
LOOK_SECONDS = 0.1
"""A wait ends at most this many seconds after a request to stop."""
LOST = ("08", "57P")
"""SQLSTATEs of a connection that is gone: connection exceptions, and a server that shuts down or starts up."""

P = ParamSpec("P")
R = TypeVar("R")


class ConnectionLost(Exception):
    """The server does not answer. The request may have been executed or not. The cause is the driver's error.

    It is not an SQLAlchemyError, because Optuna would then repeat the request without checking that.
    """


def _say_nothing(line: str) -> None:
    """Ignore the line."""


@dataclass
class Patience:
    """How long to wait for a server that does not answer."""

    seconds: float = 0.0
    """0 at first: a command that only reads, or that starts, waits no longer than `least_seconds`."""
    say: Callable[[str], None] = _say_nothing
    least_seconds: float = 0.0
    longest_pause: float = LONGEST_PAUSE_SECONDS
    trouble: str = "is away, trying again"
    """What is said while it waits, and below, what is said after it."""
    relief: str = "is back"
    _used_up: bool = False
    """Once the time is up, no request waits again until the server has answered."""

    def insist(self, action: Callable[[], R]) -> R:
        """Repeat an action until the server answers; return its result.

        A request to stop never interrupts the action itself, and ends the wait.

        Raises:
            ConnectionLost: the time is up.
        """
        with InterruptsHeldBack():
            return self._insist(action)

    def _insist(self, action: Callable[[], R]) -> R:
        lost, pause, said, seconds = 0.0, 0.0, False, max(self.seconds, self.least_seconds)
        while True:
            try:
                done = action()
            except ConnectionLost as error:
                lost = lost or time.monotonic()
                left = seconds - (time.monotonic() - lost)
                if self._used_up or left <= 0 or InterruptsHeldBack.came():
                    self._used_up = True
                    raise
                if pause and not said:  # the first repetition comes at once: a connection may only have been cut
                    self.say(f"the study database {self.trouble} for {seconds:g} s: {error}")
                    said = True
                _sleep(min(pause, left))
                pause = min(2 * pause or 0.1, self.longest_pause)
            else:
                self._used_up = False
                if said:
                    self.say(f"the study database {self.relief} after {time.monotonic() - lost:.0f} s")
                return done


def _sleep(seconds: float) -> None:
    """Sleep so long, or until a request to stop has come."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0.0 and not InterruptsHeldBack.came():
        time.sleep(min(left, LOOK_SECONDS))


def _insisting(
    method: Callable[Concatenate["PatientStorage", P], R],
) -> Callable[Concatenate["PatientStorage", P], R]:
    """The method, repeated while the server does not answer."""

    @wraps(method)
    def patient(self: "PatientStorage", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.patience.insist(lambda: method(self, *args, **kwargs))

    return patient


_PATIENCE: dict[str, Patience] = {}


def patience_with(url: str) -> Patience:
    """The patience that all connections of this process to one database share."""
    return _PATIENCE.setdefault(url, Patience())


class PatientStorage(RepeatableStorage):
    """Optuna's storage, whose requests are repeated, except for making and removing studies."""

    def __init__(self, url: str, patience: Patience, **settings: Any) -> None:
        """Open the storage. Raises: ConnectionLost: the server does not answer."""
        self.patience = patience
        self._open(url, **settings)
        weakref.finalize(self, self.engine.dispose)

    def _open(self, url: str, **settings: Any) -> None:
        try:
            super().__init__(url, **settings)
        except OperationalError as error:
            raise ConnectionLost(first_said(error.orig or error)) from error
        tell_lost(self.engine)

    def __reduce__(self) -> Any:
        """Refuse to be pickled, since the URL may hold a password. Raises: TypeError."""
        raise TypeError("a study database is never sent to another process")

    get_all_studies = _insisting(RDBStorage.get_all_studies)
    get_study_directions = _insisting(RDBStorage.get_study_directions)
    get_study_id_from_name = _insisting(RDBStorage.get_study_id_from_name)
    get_study_name_from_id = _insisting(RDBStorage.get_study_name_from_id)
    get_study_system_attrs = _insisting(RDBStorage.get_study_system_attrs)
    get_study_user_attrs = _insisting(RDBStorage.get_study_user_attrs)
    get_trial = _insisting(RDBStorage.get_trial)
    get_trial_id_from_study_id_trial_number = _insisting(RDBStorage.get_trial_id_from_study_id_trial_number)
    get_trial_system_attrs = _insisting(RDBStorage.get_trial_system_attrs)
    get_trial_user_attrs = _insisting(RDBStorage.get_trial_user_attrs)
    set_study_system_attr = _insisting(RDBStorage.set_study_system_attr)
    set_study_user_attr = _insisting(RDBStorage.set_study_user_attr)
    set_trial_intermediate_value = _insisting(RDBStorage.set_trial_intermediate_value)
    set_trial_system_attr = _insisting(RDBStorage.set_trial_system_attr)
    set_trial_user_attr = _insisting(RDBStorage.set_trial_user_attr)

    def insist(self, action: Callable[[], R]) -> R:
        """Do an action until the server has answered. Raises: ConnectionLost after the time is up."""
        return self.patience.insist(action)

    def set_trial_state_values(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        """End a trial. Raises: UpdateFinishedTrialError: it had ended before this call."""
        end_trial = RDBStorage.set_trial_state_values
        attempts = 0

        def attempt() -> bool:
            nonlocal attempts
            attempts += 1
            try:
                return end_trial(self, trial_id, state, values)
            except UpdateFinishedTrialError:
                # Optuna locks the row of the trial before it reads it, so that no earlier attempt is still running.
                if attempts > 1 and self.get_trial(trial_id).state == state:
                    return True
                raise

        return self.patience.insist(attempt)


class FileStorage(PatientStorage):
    """The same for an SQLite file, whose connections wait by themselves (`sqlite_file`). A refused request has changed
    nothing."""

    may_be_done = False

    create_new_study = _insisting(RDBStorage.create_new_study)
    delete_study = _insisting(RDBStorage.delete_study)

    def _open(self, url: str, **settings: Any) -> None:
        RDBStorage.__init__(self, url, **settings)


def tell_lost(engine: Engine) -> None:
    """Let an engine raise ConnectionLost when it loses its connection."""
    event.listen(engine, "handle_error", _tell_lost)


def _tell_lost(context: ExceptionContext) -> None:
    """Raise ConnectionLost if an error means that a connection is gone or cannot be made."""
    if context.is_pre_ping:
        return  # the pool has tested an idle connection and makes another
    error = context.original_exception
    state = str(getattr(error, "sqlstate", None) or "")
    refused = context.connection is None and isinstance(error, context.dialect.loaded_dbapi.Error)
    if context.is_disconnect or refused or state.startswith(LOST):
        context.is_disconnect = context.is_disconnect or not refused
        raise ConnectionLost(first_said(error)) from error


def first_said(error: BaseException) -> str:
    """The first line of a driver's error, without the driver's own prefix."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].removeprefix("connection failed: ")
