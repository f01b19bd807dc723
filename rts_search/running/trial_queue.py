"""Hand out the trials of a running sweep as orders, and record what their workers report.

An executor asks for orders and passes on reports. Every decision is recorded in the study.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.running.candidates import Candidates
from rts_search.running.claims import Claims
from rts_search.running.final_test import FinalTest
from rts_search.running.losses import MOST_LOSSES, Losses
from rts_search.running.shared_epochs import SharedEpochs
from rts_search.running.watcher import Watcher
from rts_search.study.arm_halving import ArmHalving
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import EpochEntry, TrialEntry
from trainables.core.settings.metrics import METRICS

EPOCH_KEYS = ("epoch", "key", "provenance", "spent", "gradient_evaluations")


class TrialQueue:
    """Hands out the trials of a study: first the unfinished ones, under their old numbers, then new ones."""

    def __init__(
        self,
        study: SweepStudy,
        order: Callable[[TrialEntry], dict[str, Any]],
        watcher: Watcher,
        look_ahead: int = 0,
        halving: Halving | ArmHalving | None = None,
        claims: Claims | None = None,
        final_test: FinalTest | None = None,
    ) -> None:
        """
        Args:
            study: the record of the sweep.
            order: makes the order of a trial, `{"number", "baseline", "order", "share"}`.
            watcher: called with the progress.
            look_ahead: while at most this many trials wait for epochs that others train, a new trial may be drawn.
            halving: decides which trials are stopped early; None: no trial is.
            claims: the epochs that other sweeps over the same store train.
            final_test: reads the test accuracies when all trials have ended; None: they are not read.
        """
        self._study, self._order, self._watcher = study, order, watcher
        self._open = study.open_trials
        self._halving = halving
        begun = study.trials()
        self.meter = study.meter()
        """The cost of the sweep so far, and its budget."""
        shares = study.sweep.store.sharing != "off"
        self._claims = claims
        self._shared = SharedEpochs(study.data.fingerprint, begun, claims) if shares else None
        self._running: dict[str, TrialEntry] = {}
        self._gpus: dict[str, float] = {}
        self._computed: Counter[str] = Counter()
        self._losses = Losses()
        self._candidates = Candidates(
            study, begun, look_ahead, halving, self._shared, self._losses, self._stopped_for_good
        )
        self._hindrances: Counter[int] = Counter()
        self._final_test = final_test
        self._nothing_can_begin = False
        self.broken: Exception | None = None
        """The error that ends the sweep, such as a lost database or a cause that kills every worker."""

    @property
    def finished(self) -> bool:
        """Whether every trial has ended, or the budget is used up and no trial runs."""
        if self._running:
            return False
        return self.meter.exhausted() is not None or self._candidates.none_left

    @property
    def awaits_others(self) -> bool:
        """Whether no trial runs, and no trial can begin until another sweep has trained shared epochs."""
        return not self.finished and not self._running and self._claims is not None and self._claims.awaiting

    @property
    def ended(self) -> bool:
        """Whether the sweep is finished and its test accuracies are read."""
        return self.finished and (self._final_test is None or self._final_test.over)

    @property
    def over(self) -> bool:
        """Whether there are no more orders for now: the sweep has ended, or no trial runs and none can begin yet."""
        if self.broken or self.ended:
            return True
        return not self.finished and not self._running and self._nothing_can_begin

    def next(self, worker: str) -> dict[str, Any] | None:
        """The next order, for a free worker. None while there is none; `over` says whether one may still come.

        worker: name of this order, unique in the run; reports on the order carry it.
        """
        if self.broken:
            return None
        with _Keeping(self):
            entry = None if self.finished else self._next_entry()
            if entry is not None:
                return self._begin(worker, entry)
            if self.finished and self._final_test is not None:  # `_next_entry` may have ended the last held trials
                if not self._final_test.begun:
                    self._watcher.phase("reading the test part")
                return self._final_test.next(worker)
        return None

    def _next_entry(self) -> TrialEntry | None:
        self._tick()
        if self._claims:
            self._claims.forget()
        entry = None if self.meter.exhausted() else self._candidates.next(nothing_runs=not self._running)
        self._nothing_can_begin = entry is None
        return entry

    def _begin(self, worker: str, entry: TrialEntry) -> dict[str, Any]:
        self._running[worker] = entry
        if self._shared:
            self._shared.claim(entry)  # repeated, because a trial without a config had no claim before
        self._losses.began(entry.number)
        self._watcher.trial_began(entry)
        order = self._order(entry)
        self._gpus[worker] = order.get("share", {}).get("GPU", 0.0)
        return order

    def hear(self, worker: str, report: Mapping[str, Any]) -> bool:
        """Record a worker's report (`trainables.worker`). Returns whether the worker continues with its order.

        An error, such as a lost database, is stored in `broken` and ends the sweep. It is not raised.
        """
        if self.broken:
            return False
        with _Keeping(self):
            if self._final_test is not None and self._final_test.hear(worker, report):
                return False
            self._tick()
            goes_on = self._heard(worker, self._running[worker], report)
            if not goes_on:
                self._let_go(worker)
            return goes_on
        return False

    def _heard(self, worker: str, entry: TrialEntry, report: Mapping[str, Any]) -> bool:
        epochs = [_entry(told) for told in report["epochs"]]
        costs = self._open.record_epochs(entry.number, epochs) if epochs else []
        for epoch, new, told in zip(epochs, costs, report["epochs"], strict=True):
            self._hear_epoch(worker, entry, epoch, new, told)
            if not self._goes_on_after(entry, epoch):
                return False
        if report["outcome"] == "epoch":
            return True
        self._count(worker, entry, report["computed"], recorded=0)
        self._ended_early(entry, report["outcome"], report["reason"])
        return False

    def _goes_on_after(self, entry: TrialEntry, epoch: EpochEntry) -> bool:
        """Whether a trial continues after an epoch. If it does not, end it or hold it."""
        assert entry.config is not None
        judged = self._halving.of(entry.arm) if self._halving and not entry.baseline else None
        gain = self._study.sweep.objective.gain
        if epoch.epoch + 1 == entry.config["training"]["epochs"]:
            if judged:
                judged.completes(entry.number, epoch.gradient_evaluations, gain(epoch))
            self._end(entry, "COMPLETE")
            return False
        if used_up := self.meter.exhausted():
            self._again(entry, f"the budget of {used_up} is used up")
            return False
        if judged and judged.stops(entry.number, epoch.gradient_evaluations, gain(epoch)):
            self._stop_early(entry, epoch, judged.promotes)
            return False
        if judged and judged.judged_at(entry.number) == epoch.gradient_evaluations:
            self._open.note_passed(entry.number, epoch.epoch + 1)
        return True

    def _stop_early(self, entry: TrialEntry, epoch: EpochEntry, promotes: bool) -> None:
        if promotes:
            self._candidates.hold(entry.number)
            self._watcher.trial_held(entry)
        else:
            self._stopped_for_good(entry, epoch.epoch + 1)

    def _stopped_for_good(self, entry: TrialEntry, epochs: int | None = None) -> None:
        trained = len(entry.epochs) if epochs is None else epochs
        after = f"{trained} of {entry.settings.training.epochs} epochs"
        self._end(entry, "PRUNED", f"stopped early by asha after {after}")

    def _let_go(self, worker: str) -> None:
        """Forget a worker that no longer runs its trial."""
        entry = self._running.pop(worker)
        self._gpus.pop(worker, None)
        self._computed.pop(worker, None)
        self._losses.ended(entry.number)
        if self._shared:
            self._shared.ended(entry.number)

    def lost(self, worker: str, cause: str = "") -> None:
        """Called when a worker died or could not begin. Its trial waits for another worker.

        cause: one line; empty when unknown.
        """
        if self.broken:
            return
        with _Keeping(self):
            if self._final_test is not None and self._final_test.lost(worker, cause):
                return
            if worker not in self._running:
                return
            self._tick()
            entry = self._running[worker]
            self._lost(entry, cause)
            self._let_go(worker)

    def end(self, cause: str) -> None:
        """End the sweep, which can be resumed. Called when the executor cannot go on. `cause`: in one line."""
        self.broken = self.broken or UserError(
            f"{self._study.name}: {cause}; stored epochs are kept, continue with `{self._study.go_on}`"
        )

    def _hear_epoch(self, worker: str, entry: TrialEntry, epoch: EpochEntry, new: int, told: Mapping[str, Any]) -> None:
        """Count a recorded epoch and pass it on. `new`: its gradient evaluations, if not counted before; else 0."""
        if new:
            self._losses.new_epoch(entry.number)
        self._count(worker, entry, told["computed"], recorded=new)
        if self._shared:
            self._shared.trained(entry.number, epoch.epoch, epoch.key)
        self._watcher.epoch_done(entry, epoch, tuple(told["notes"]))

    def _count(self, worker: str, entry: TrialEntry, computed: int, recorded: int) -> None:
        """Count the gradient evaluations of a worker since its last report.

        recorded: those of a new epoch. The others are lost work, such as an epoch that diverged or was repeated.
        """
        lost_work = max(0, computed - self._computed[worker] - recorded)
        self._computed[worker] = computed
        if lost_work:
            self._open.add_in_vain(entry.number, lost_work)
        self.meter.gradient_evaluations += recorded + lost_work

    def _tick(self) -> None:
        """Count the time of the running trials, and record it in the study from time to time."""
        self.meter.tick(sum(self._gpus.values()))
        if self.meter.due():
            self._study.note_times(self.meter)

    def _lost(self, entry: TrialEntry, cause: str) -> None:
        times = self._losses.lost(entry.number)
        if self._losses.all_die(len(self._running) + self._candidates.num_certain):
            # Not raised here: Ray Tune would print its own traceback.
            self.broken = UserError(
                f"{self._study.name}: {self._losses.in_a_row} workers in a row died before a new epoch was stored: "
                f"{cause or 'no cause is known'}; remove the cause and continue with `{self._study.go_on}`"
            )
        elif times > MOST_LOSSES:
            self._end(entry, "FAIL", f"lost: its worker died {times} times" + (f": {cause}" if cause else ""))
        else:
            self._again(entry, "its worker was lost")

    def _ended_early(self, entry: TrialEntry, outcome: str, reason: str) -> None:
        """Called when a trial ended before its last epoch. It is tried again if that can help."""
        if outcome == "machine":
            self._hindered(entry, reason)
        elif outcome == "out of memory" and not entry.short_of_memory:
            self._open.note_short_of_memory(entry.number)
            self._again(entry, f"out of memory: {reason}")
        else:
            self._end(entry, "FAIL", f"{outcome}: {reason}")

    def _hindered(self, entry: TrialEntry, reason: str) -> None:
        """Try a trial again after an error of the machine, such as a full disk. If it repeats, end the sweep."""
        self._hindrances[entry.number] += 1
        if self._hindrances[entry.number] > MOST_LOSSES:
            raise UserError(
                f"{self._study.name}: trial {entry.number} cannot continue: {reason}; "
                f"remove the cause and continue with `{self._study.go_on}`"
            )
        self._again(entry, reason)

    def _again(self, entry: TrialEntry, reason: str) -> None:
        self._candidates.wait(entry)
        self._watcher.trial_lost(entry, reason)

    def _end(self, entry: TrialEntry, state: str, reason: str = "") -> None:
        self._open.finish(entry.number, state, reason)
        if self._halving:
            self._halving.release(entry.number)
        self._watcher.trial_ended(entry, state, reason)


def _entry(told: Mapping[str, Any]) -> EpochEntry:
    """An epoch of a report. Metrics that the data cannot have are missing in it, or None."""
    values: dict[str, Any] = {name: told.get(name) for name in METRICS}
    return EpochEntry(**{name: told[name] for name in EPOCH_KEYS}, **values)


class _Keeping:
    """Stores an error of the study or the store in `broken`, instead of raising it into the executor."""

    def __init__(self, queue: TrialQueue) -> None:
        self._queue = queue

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, Exception):
            self._queue.broken = self._queue.broken or error
            return True
        return False
