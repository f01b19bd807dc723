"""Pass the progress of a sweep to its trackers. A tracker that fails is dropped, and the sweep continues."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from rts_search.basics.errors import UserError
from rts_search.running.tracking.tracker import TrackedSweep, Tracker
from rts_search.running.watcher import PassingOn
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from trainables.core.history.store import Store
from trainables.core.settings.section import first_line


def _tensorboard(_sweep: TrackedSweep, folder: Path) -> Tracker:
    from rts_search.running.tracking.tensorboard import TensorBoardTracker

    return TensorBoardTracker(folder / "tensorboard")


def _mlflow(sweep: TrackedSweep, folder: Path) -> Tracker:
    from rts_search.running.tracking.mlflow import MlflowTracker

    return MlflowTracker(sweep, folder / "mlflow")


def _wandb(sweep: TrackedSweep, folder: Path) -> Tracker:
    from rts_search.running.tracking.wandb import WandbTracker

    return WandbTracker(sweep, folder / "wandb")


TRACKERS: Mapping[str, Callable[[TrackedSweep, Path], Tracker]] = {
    "tensorboard": _tensorboard,
    "mlflow": _mlflow,
    "wandb": _wandb,
}
"""Name in the sweep file, equal to that of the package and the extra -> function that makes the tracker."""


def require_trackers(names: Sequence[str], sweep: str) -> None:
    """Called before a sweep starts, so that no tracker has to ask the user meanwhile. Raises: UserError."""
    if "wandb" in names:
        from rts_search.running.tracking.wandb import logged_in

        if not logged_in():
            raise UserError(
                f"{sweep}: track: wandb needs a login: run `wandb login`, set WANDB_API_KEY, set WANDB_MODE=offline to "
                "keep the runs in the sweep's folder, or leave wandb out"
            )


@dataclass
class Tracked(PassingOn):
    """Passes every call to another watcher, and reports epochs and ends of trials to the trackers."""

    store: Store
    trackers: dict[str, Tracker] = field(default_factory=dict)

    @contextmanager
    def telling(self, study: SweepStudy, folder: Path) -> Iterator[None]:
        """Open the trackers of a sweep, and close them at the end of the context, also after an error."""
        sweep = TrackedSweep(study.name, study.identity, study.named_runs)
        for name in study.sweep.track:
            self._safely(name, partial(self._open, name, sweep, folder))
        try:
            yield
        finally:
            self._tell(lambda tracker: tracker.close())

    def _open(self, name: str, sweep: TrackedSweep, folder: Path) -> None:
        self.trackers[name] = TRACKERS[name](sweep, folder)

    def epoch_done(self, entry: TrialEntry, epoch: EpochEntry, notes: tuple[str, ...]) -> None:
        """Pass the call on, and give the trackers the whole record of the epoch."""
        super().epoch_done(entry, epoch, notes)
        stored = self.store.epoch(epoch.key, epoch.provenance) if self.trackers else None
        if stored is not None:
            record = replace(stored.record, gradient_evaluations=epoch.gradient_evaluations)
            self._tell(lambda tracker: tracker.epoch(entry, record))

    def trial_held(self, entry: TrialEntry) -> None:
        """Pass the call on, and tell the trackers that the trial may continue later."""
        super().trial_held(entry)
        self._tell(lambda tracker: tracker.ended(entry, "RUNNING"))

    def trial_ended(self, entry: TrialEntry, state: str, reason: str) -> None:
        """Pass the call on, and tell the trackers that the trial has ended."""
        super().trial_ended(entry, state, reason)
        self._tell(lambda tracker: tracker.ended(entry, state))

    def _tell(self, what: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self.trackers.items()):
            self._safely(name, partial(what, tracker))

    def _safely(self, name: str, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:
            self.trackers.pop(name, None)
            self.watcher.note(f"{name} gets no more data of this sweep, because it failed: {first_line(error)}")
