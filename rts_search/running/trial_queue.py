"""The trials of a sweep while it runs: which one is trained next, and what becomes of each by its worker's reports.

An executor asks for orders and passes on reports; the study keeps everything that is decided here.
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
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import EpochEntry, TrialEntry

EPOCH_KEYS = ("epoch", "key", "provenance", "spent", "gradient_evaluations", "val_acc")


class TrialQueue:
    """Hands out the study's trials: unfinished ones first, under their own numbers, then new ones."""

    def __init__(
        self,
        study: SweepStudy,
        order: Callable[[TrialEntry], dict[str, Any]],
        watcher: Watcher,
        look_ahead: int = 0,
        halving: Halving | None = None,
        claims: Claims | None = None,
        final_test: FinalTest | None = None,
    ) -> None:
        """
        Args:
            study: the record of the sweep.
            order: makes the order of a trial, `{"number", "baseline", "order", "share"}`.
            watcher: is called with all that happens.
            look_ahead: at most this many new trials, and one more, are drawn and held back because epochs that they
                need first are being trained.
            halving: decides which trials are stopped early; None: none.
            claims: which epochs sweeps over the same store train.
            final_test: the test accuracies that are read when all trials have ended.
        """
        self._study, self._order, self._watcher = study, order, watcher
        self._open = study.open_trials
        self._halving = halving
        begun = study.trials()
        self.meter = study.meter()
        """What the sweep costs, against its budget."""
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
        """What ends the sweep: a database that is gone, or a cause that no trial can do anything about."""

    @property
    def finished(self) -> bool:
        """Whether every trial of the sweep has ended, or its budget is used up and no trial runs any more."""
        if self._running:
            return False
        return self.meter.exhausted() is not None or self._candidates.none_left

    @property
    def awaits_others(self) -> bool:
        """Whether no trial runs, and none can begin before another sweep has trained what it needs."""
        return not self.finished and not self._running and self._claims is not None and self._claims.awaiting

    @property
    def over(self) -> bool:
        """Whether there are no more orders: nothing runs, and nothing can begin."""
        if self.broken:
            return True
        if self.finished:
            return self._final_test is None or self._final_test.over
        return not self._running and self._nothing_can_begin

    def next(self, worker: str) -> dict[str, Any] | None:
        """The order for a worker that is free, None while there is none; `over` tells whether one may come.

        worker: a name for this order, unique in the run, with which its reports come.
        """
        if self.broken:
            return None
        with _Keeping(self):
            entry = None if self.finished else self._next_entry()
            if entry is not None:
                return self._begin(worker, entry)
            if self.finished and self._final_test is not None:  # the last held trials may just have been ended
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
            self._shared.claim(entry)  # which has been done, unless it had no config until now
        self._losses.began(entry.number)
        self._watcher.trial_began(entry)
        order = self._order(entry)
        self._gpus[worker] = order.get("share", {}).get("GPU", 0.0)
        return order

    def hear(self, worker: str, report: Mapping[str, Any]) -> bool:
        """Take a worker's report (`trainables.worker`); whether the worker is to go on with its order.

        An error, such as a database that is gone, ends the sweep (`broken`) and is not raised.
        """
        if self._final_test is not None and self._final_test.hear(worker, report):
            return False
        if self.broken:
            return False
        with _Keeping(self):
            self._tick()
            goes_on = self._heard(worker, self._running[worker], report)
            if not goes_on:
                self._let_go(worker)
            return goes_on
        return False

    def _heard(self, worker: str, entry: TrialEntry, report: Mapping[str, Any]) -> bool:
        epochs = [EpochEntry(**{name: told[name] for name in EPOCH_KEYS}) for told in report["epochs"]]
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
        """Whether a trial goes on after an epoch; if not, it is ended or held."""
        assert entry.config is not None
        judged = self._halving if not entry.baseline else None
        if epoch.epoch + 1 == entry.config["training"]["epochs"]:
            if judged:
                judged.completes(entry.number, epoch.gradient_evaluations, epoch.val_acc)
            self._end(entry, "COMPLETE")
            return False
        if used_up := self.meter.exhausted():
            self._again(entry, f"the budget of {used_up} is used up")
            return False
        if judged and judged.stops(entry.number, epoch.gradient_evaluations, epoch.val_acc):
            self._stop_early(entry, epoch)
            return False
        if judged and judged.judged_at(entry.number) == epoch.gradient_evaluations:
            self._open.note_passed(entry.number, epoch.epoch + 1)
        return True

    def _stop_early(self, entry: TrialEntry, epoch: EpochEntry) -> None:
        assert self._halving is not None
        if self._halving.promotes:
            self._candidates.hold(entry.number)
            self._watcher.trial_held(entry)
        else:
            self._stopped_for_good(entry, epoch.epoch + 1)

    def _stopped_for_good(self, entry: TrialEntry, epochs: int | None = None) -> None:
        after = f"{len(entry.epochs) if epochs is None else epochs} of {self._study.sweep.training.epochs} epochs"
        self._end(entry, "PRUNED", f"stopped early by asha after {after}")

    def _let_go(self, worker: str) -> None:
        """A worker is done with its trial, or lost."""
        entry = self._running.pop(worker)
        self._gpus.pop(worker, None)
        self._computed.pop(worker, None)
        self._losses.ended(entry.number)
        if self._shared:
            self._shared.ended(entry.number)

    def lost(self, worker: str, cause: str = "") -> None:
        """A worker died of `cause` (one line, empty when unknown), or could not begin: its trial goes on elsewhere."""
        if self._final_test is not None and self._final_test.lost(worker, cause):
            return
        if self.broken or worker not in self._running:
            return
        with _Keeping(self):
            self._tick()
            entry = self._running[worker]
            self._lost(entry, cause)
            self._let_go(worker)

    def _hear_epoch(self, worker: str, entry: TrialEntry, epoch: EpochEntry, new: int, told: Mapping[str, Any]) -> None:
        """Pass on an epoch that has been written down; `new`: its gradient evaluations if it was not there before."""
        if new:
            self._losses.new_epoch(entry.number)
        self._count(worker, entry, told["computed"], recorded=new)
        if self._shared:
            self._shared.trained(entry.number, epoch.epoch, epoch.key)
        self._watcher.epoch_done(entry, epoch, tuple(told["notes"]))

    def _count(self, worker: str, entry: TrialEntry, computed: int, recorded: int) -> None:
        """Count what a worker computed: what was recorded with an epoch, and what it computed besides since its last
        report, such as an epoch that diverged or one that was trained again."""
        in_vain = max(0, computed - self._computed[worker] - recorded)
        self._computed[worker] = computed
        if in_vain:
            self._open.add_in_vain(entry.number, in_vain)
        self.meter.gradient_evaluations += recorded + in_vain

    def _tick(self) -> None:
        """Count the time of the trials that run, and write it down now and then."""
        self.meter.tick(sum(self._gpus.values()))
        if self.meter.due():
            self._study.note_times(self.meter)

    def _lost(self, entry: TrialEntry, cause: str) -> None:
        times = self._losses.lost(entry.number)
        if self._losses.all_die(len(self._running) + self._candidates.num_certain):
            # Not raised: Tune would end with a traceback of its own.
            self.broken = UserError(
                f"{self._study.name}: {self._losses.in_a_row} workers in a row died before a new epoch was stored: "
                f"{cause or 'no cause is known'}; mend it and continue with `{self._study.go_on}`"
            )
        elif times > MOST_LOSSES:
            self._end(entry, "FAIL", f"lost: its worker died {times} times" + (f": {cause}" if cause else ""))
        else:
            self._again(entry, "its worker was lost")

    def _ended_early(self, entry: TrialEntry, outcome: str, reason: str) -> None:
        """A trial ended without another epoch; it is tried again where another try can help."""
        if outcome == "machine":
            self._hindered(entry, reason)
        elif outcome == "out of memory" and not entry.short_of_memory:
            self._open.note_short_of_memory(entry.number)
            self._again(entry, f"out of memory: {reason}")
        else:
            self._end(entry, "FAIL", f"{outcome}: {reason}")

    def _hindered(self, entry: TrialEntry, reason: str) -> None:
        """A full disk or a folder that is gone is no trial's fault: the sweep ends before every trial has failed."""
        self._hindrances[entry.number] += 1
        if self._hindrances[entry.number] > MOST_LOSSES:
            raise UserError(
                f"{self._study.name}: trial {entry.number} cannot go on: {reason}; "
                f"mend it and continue with `{self._study.go_on}`"
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


class _Keeping:
    """Keeps an error of the study or the store as what ends the sweep, instead of raising it into the executor."""

    def __init__(self, queue: TrialQueue) -> None:
        self._queue = queue

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, Exception):
            self._queue.broken = self._queue.broken or error
            return True
        return False
