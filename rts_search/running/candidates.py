"""The trials of a sweep that can begin: interrupted ones, held ones that are promoted, and new ones."""

from collections import deque
from collections.abc import Callable, Sequence

from rts_search.running.losses import Losses
from rts_search.running.shared_epochs import SharedEpochs
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import TrialEntry


class Candidates:
    """Chooses the next trial. One that needs epochs that another trial is training waits for them."""

    def __init__(
        self,
        study: SweepStudy,
        begun: Sequence[TrialEntry],
        look_ahead: int,
        halving: Halving | None,
        shared: SharedEpochs | None,
        losses: Losses,
        stop_early: Callable[[TrialEntry], None],
    ) -> None:
        """
        Args:
            study: the record of the sweep.
            begun: its trials so far.
            look_ahead: at most this many new trials, and one more, are drawn and wait for epochs of others.
            halving: decides which held trials are promoted; None: no trial is stopped early.
            shared: which epochs running trials are about to train; None: trials share none.
            losses: which trials lost their workers.
            stop_early: called with every held trial that will not be promoted any more.
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
        """Whether every trial of the sweep has begun, and none waits or is held."""
        return not (self._waiting or self._held or self._num_begun < self._study.total)

    @property
    def num_certain(self) -> int:
        """Number of trials that will begin for sure; a held one may not."""
        return len(self._waiting) + self._study.total - self._num_begun

    def wait(self, entry: TrialEntry) -> None:
        """A trial has lost its worker and waits for another."""
        self._open.end_turn(entry.number)
        self._waiting.append(self._study.trial(entry.number))

    def hold(self, number: int) -> None:
        """A trial is stopped early, and begins again if it is promoted."""
        self._open.hold(number)
        self._held.add(number)

    def next(self, nothing_runs: bool) -> TrialEntry | None:
        """The next trial, opened in the study; None while none can begin.

        A trial that loses its workers again and again comes last, so that a cause that kills every worker shows in
        other trials too.
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
        """When nothing else is left: the best of a rung from which no trial was promoted; else all held ones end."""
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
        """Whether no running trial is about to train what this one needs first; one without a config waits for none."""
        return self._shared is None or entry.config is None or self._shared.claim(entry)
