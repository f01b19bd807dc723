"""The trials of a sweep that can begin: interrupted ones, held ones that are promoted, and new ones."""

from collections import deque
from collections.abc import Callable, Sequence

from rts_search.running.losses import Losses
from rts_search.running.shared_epochs import SharedEpochs
from rts_search.study.arm_halving import ArmHalving
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import TrialEntry


class Candidates:
    """Chooses the next trial. A trial waits while another one trains epochs that it needs."""

    def __init__(
        self,
        study: SweepStudy,
        begun: Sequence[TrialEntry],
        look_ahead: int,
        halving: Halving | ArmHalving | None,
        shared: SharedEpochs | None,
        losses: Losses,
        stop_early: Callable[[TrialEntry], None],
    ) -> None:
        """
        Args:
            study: the record of the sweep.
            begun: its trials so far.
            look_ahead: while at most this many trials wait, a new trial may be drawn.
            halving: decides which held trials are promoted; None: no trial is stopped early.
            shared: the epochs that running trials are going to train; None: trials share no epochs.
            losses: the record of lost workers.
            stop_early: called with every held trial that can no longer be promoted.
        """
        self._study, self._look_ahead, self._halving = study, look_ahead, halving
        self._shared, self._losses, self._stop_early = shared, losses, stop_early
        self._open = study.open_trials
        self._num_begun = len(begun)
        self._held = {entry.number for entry in begun if entry.held}
        self._waiting = deque(entry for entry in begun if entry.state == "RUNNING" and not entry.held)
        for entry in self._waiting:
            self._open.wait(entry.number)

    @property
    def none_left(self) -> bool:
        """Whether all trials of the sweep have begun, and no trial waits or is held."""
        return not (self._waiting or self._held or self._num_begun < self._study.total)

    @property
    def num_certain(self) -> int:
        """Number of trials that will certainly begin. Held trials are not counted."""
        return len(self._waiting) + self._study.total - self._num_begun

    def wait(self, entry: TrialEntry) -> None:
        """Called when a trial is interrupted: it waits for a worker."""
        self._open.end_turn(entry.number)
        self._waiting.append(self._study.trial(entry.number))

    def hold(self, number: int) -> None:
        """Called when a trial is stopped early for now. It continues if it is promoted."""
        self._open.hold(number)
        self._held.add(number)

    def next(self, nothing_runs: bool) -> TrialEntry | None:
        """Choose the next trial and record its beginning in the study; None while no trial can begin.

        A trial that lost several workers in a row comes last. If the other trials lose their workers too, the cause
        is not this trial.
        """
        return (
            self._continued(fruitless=False)
            or self._promoted()
            or self._new()
            or self._continued(fruitless=True)
            or (self._last_promoted() if nothing_runs else None)
        )

    def _continued(self, fruitless: bool) -> TrialEntry | None:
        for entry in self._waiting:
            if self._losses.fruitless(entry.number) == fruitless and self._can_begin(entry):
                self._waiting.remove(entry)
                return self._open.take_up(entry)
        return None

    def _promoted(self, at_least: int = 0) -> TrialEntry | None:
        number = self._halving.promoted(self._held, at_least) if self._halving and self._held else None
        if number is None:
            return None
        self._held.remove(number)
        entry = self._study.trial(number)
        self._open.note_passed(number, len(entry.epochs))
        if self._can_begin(entry):
            return self._open.take_up(entry)
        self._waiting.append(entry)
        return None

    def _last_promoted(self) -> TrialEntry | None:
        """Promote the best held trial of a rung without promotions. If there is none, end all held trials."""
        if self._waiting or not self._held:
            return None
        entry = self._promoted(at_least=1)
        if entry is None and not self._waiting:
            for number in sorted(self._held):
                self._held.remove(number)
                self._stop_early(self._open.take_up(self._study.trial(number)))
        return entry

    def _new(self) -> TrialEntry | None:
        while self._num_begun < self._study.total and self._num_held_back() <= self._look_ahead:
            self._num_begun += 1
            entry = self._open.begin()
            if self._can_begin(entry):
                return entry
            self._open.wait(entry.number)
            self._waiting.append(entry)
        return None

    def _num_held_back(self) -> int:
        return sum(not self._losses.fruitless(entry.number) for entry in self._waiting)

    def _can_begin(self, entry: TrialEntry) -> bool:
        """Whether no running trial is going to train the next epoch of this one. Without a config, none waits."""
        return self._shared is None or entry.config is None or self._shared.claim(entry)
