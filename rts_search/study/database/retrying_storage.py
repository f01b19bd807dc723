"""A study database on a server: a connection that is cut loses nothing.

What was not acknowledged is done again. Whoever repeats a write has to expect that the first one arrived and only its
acknowledgement was lost. Attributes, values and parameters are written by name, so that twice is once; the two writes
for which this is not so are made so here.
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

from rts_search.study.optuna_internals import RepeatableStorage

LONGEST_PAUSE_SECONDS = 5.0
LOST = ("08", "57P")
"""SQLSTATEs of a connection that is gone: connection exceptions, and a server that ends or is not there yet."""

P = ParamSpec("P")
R = TypeVar("R")


class ConnectionLost(Exception):
    """The server is away; what it was asked may have been done or not. Its cause is what the driver said.

    Not an SQLAlchemyError, on which Optuna would try again on its own, without looking whether it was done.
    """


def _say_nothing(line: str) -> None:
    """Nobody is there to hear."""


@dataclass
class Patience:
    """How long to wait for a server that is away."""

    seconds: float = 0.0
    """None at first: who only looks something up, or begins, is told at once."""
    say: Callable[[str], None] = _say_nothing
    _used_up: bool = False
    """Once it is, nobody waits again until the server has answered."""

    def insist(self, action: Callable[[], R]) -> R:
        """Do it until the server has answered. Raises: ConnectionLost after the time is up."""
        lost, pause, told = 0.0, 0.0, False
        while True:
            try:
                done = action()
            except ConnectionLost as error:
                lost = lost or time.monotonic()
                left = self.seconds - (time.monotonic() - lost)
                if self._used_up or left <= 0:
                    self._used_up = True
                    raise
                if pause and not told:  # a connection that was merely cut needs no mention: the next is made at once
                    self.say(f"the study database is away, trying again for {self.seconds:g} s: {error}")
                    told = True
                time.sleep(min(pause, left))
                pause = min(2 * pause or 0.1, LONGEST_PAUSE_SECONDS)
            else:
                self._used_up = False
                if told:
                    self.say(f"the study database is back after {time.monotonic() - lost:.0f} s")
                return done


def _insisting(
    method: Callable[Concatenate["PatientStorage", P], R],
) -> Callable[Concatenate["PatientStorage", P], R]:
    """A method that is done again while the server is away."""

    @wraps(method)
    def patient(self: "PatientStorage", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.patience.insist(lambda: method(self, *args, **kwargs))

    return patient


_PATIENCE: dict[str, Patience] = {}


def patience_with(url: str) -> Patience:
    """This process' patience with a server: whatever it opens there waits as long as everything else does."""
    return _PATIENCE.setdefault(url, Patience())


class PatientStorage(RepeatableStorage):
    """Optuna's storage with patience; making and removing studies is not repeated."""

    def __init__(self, url: str, patience: Patience, **settings: Any) -> None:
        """As Optuna's, on a server that has just answered. Raises: ConnectionLost."""
        try:
            super().__init__(url, **settings)
        except OperationalError as error:
            raise ConnectionLost(first_said(error.orig or error)) from error
        self.patience = patience
        tell_lost(self.engine)
        weakref.finalize(self, self.engine.dispose)

    def __reduce__(self) -> Any:
        """It knows a password, which stays in this process. Raises: TypeError."""
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
        """End a trial. Raises: UpdateFinishedTrialError when it had ended before this call."""
        told = RDBStorage.set_trial_state_values
        attempts = 0

        def attempt() -> bool:
            nonlocal attempts
            attempts += 1
            try:
                return told(self, trial_id, state, values)
            except UpdateFinishedTrialError:
                # Optuna locks the trial's row before it looks: an earlier attempt has ended by now, so or so.
                if attempts > 1 and self.get_trial(trial_id).state == state:
                    return True
                raise

        return self.patience.insist(attempt)


def tell_lost(engine: Engine) -> None:
    """Have an engine raise ConnectionLost where its connection is."""
    event.listen(engine, "handle_error", _tell_lost)


def _tell_lost(context: ExceptionContext) -> None:
    """Tell a connection that is gone, or cannot be made, from everything else that a database may say."""
    if context.is_pre_ping:
        return  # the pool looks whether a connection still lives, and makes another
    error = context.original_exception
    state = str(getattr(error, "sqlstate", None) or "")
    refused = context.connection is None and isinstance(error, context.dialect.loaded_dbapi.Error)
    if context.is_disconnect or refused or state.startswith(LOST):
        context.is_disconnect = context.is_disconnect or not refused
        raise ConnectionLost(first_said(error)) from error


def first_said(error: BaseException) -> str:
    """What a driver says first, without what it says of itself."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].removeprefix("connection failed: ")
