"""A Ray Tune Searcher over ask and tell: the study decides what is tried and learns how everything ended."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ray.tune.search import Searcher

from rts_search.basics.errors import UserError
from rts_search.running.claims import Claims
from rts_search.running.losses import MOST_LOSSES, Losses
from rts_search.running.shared_epochs import SharedEpochs
from rts_search.running.watcher import Watcher
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import EpochEntry, TrialEntry


class StudySearcher(Searcher):
    """Hands out the study's trials: the unfinished ones first, under their own numbers, then new ones."""

    def __init__(
        self,
        study: SweepStudy,
        order: Callable[[TrialEntry], dict[str, Any]],
        watcher: Watcher,
        look_ahead: int = 0,
        halving: Halving | None = None,
        claims: Claims | None = None,
    ) -> None:
        """`order` turns a trial into the config that its worker gets; `halving` is by what trials are stopped.

        claims: what sweeps over the same store train.

        look_ahead: so many new trials, and one more, are drawn and held back at most, because what they need first is
        being trained.
        """
        super().__init__(metric="val_acc", mode="max")
        self._study, self._order, self._watcher, self._look_ahead = study, order, watcher, look_ahead
        self._halving = halving
        begun = study.trials()
        self.meter = study.meter()
        """What the sweep costs, against its budget."""
        shares = study.sweep.store.sharing != "off"
        self._claims = claims
        self._shared = SharedEpochs(study.data.fingerprint, begun, claims) if shares else None
        self._num_begun = len(begun)
        self._held = {entry.number for entry in begun if entry.held}
        self._waiting = deque(entry for entry in begun if entry.state == "RUNNING" and not entry.held)
        for entry in self._waiting:
            study.wait(entry.number)
        self._running: dict[str, TrialEntry] = {}
        self._gpus: dict[str, float] = {}
        self._computed: Counter[str] = Counter()
        self._losses = Losses()
        self._hindrances: Counter[int] = Counter()
        self._causes: dict[str, str] = {}
        self.broken: Exception | None = None
        """What ends the sweep: a database that is gone, or a cause that no trial can do anything about."""

    @property
    def finished(self) -> bool:
        """Whether every trial of the sweep has ended, or its budget is used up and no trial runs any more."""
        if self._running:
            return False
        waits = self._waiting or self._held or self._num_begun < self._study.total
        return self.meter.exhausted() is not None or not waits

    @property
    def awaits_others(self) -> bool:
        """Whether no trial runs, and none can begin before another sweep has trained what it needs."""
        return not self.finished and not self._running and self._claims is not None and self._claims.awaiting

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """The next trial; None while only the end of running ones is awaited."""
        if self.finished or self.broken:
            return Searcher.FINISHED  # type: ignore[return-value]  # Ray declares a mapping and wants this text
        self._tick()
        if self._claims:
            self._claims.forget()
        entry = None if self.meter.exhausted() else self._next()
        if entry is None:
            return None if self._running else Searcher.FINISHED  # type: ignore[return-value]
        self._running[trial_id] = entry
        if self._shared:
            self._shared.claim(entry)  # which has been done, unless it had no config until now
        self._losses.began(entry.number)
        self._watcher.trial_began(entry)
        order = self._order(entry)
        self._gpus[trial_id] = order.get("share", {}).get("GPU", 0.0)
        return order

    def _next(self) -> TrialEntry | None:
        """A trial that need not wait for another: one that was interrupted, that is promoted, or that is new.

        One that loses its workers comes after them, so that a cause that kills every worker is seen on others too.
        """
        return (
            self._taken_up(fruitless=False)
            or self._promoted()
            or self._new()
            or self._taken_up(fruitless=True)
            or self._last_promoted()
        )

    def _taken_up(self, fruitless: bool) -> TrialEntry | None:
        for entry in self._waiting:
            if self._losses.fruitless(entry.number) == fruitless and self._begins(entry):
                self._waiting.remove(entry)
                return self._study.take_up(entry)
        return None

    def _promoted(self, at_least: int = 0) -> TrialEntry | None:
        number = self._halving.promoted(self._held, at_least) if self._halving and self._held else None
        if number is None:
            return None
        self._held.remove(number)
        entry = self._study.trial(number)
        self._study.note_passed(number, len(entry.epochs))
        if self._begins(entry):
            return self._study.take_up(entry)
        self._waiting.append(entry)
        return None

    def _last_promoted(self) -> TrialEntry | None:
        """When nothing else is left: the best of a rung from which none has gone on; else all others have ended."""
        if self._running or self._waiting or not self._held:
            return None
        entry = self._promoted(at_least=1)
        for number in sorted(self._held) if entry is None and not self._waiting else ():
            self._held.remove(number)
            held = self._study.take_up(self._study.trial(number))
            self._end(held, "PRUNED", self._stopped_early(held))
        return entry

    def _stopped_early(self, entry: TrialEntry) -> str:
        return f"stopped early by asha after {len(entry.epochs)} of {self._study.sweep.training.epochs} epochs"

    def _new(self) -> TrialEntry | None:
        while self._num_begun < self._study.total and self._num_held_back() <= self._look_ahead:
            self._num_begun += 1
            entry = self._study.begin()
            if self._begins(entry):
                return entry
            self._study.wait(entry.number)
            self._waiting.append(entry)
        return None

    def _num_held_back(self) -> int:
        return sum(not self._losses.fruitless(entry.number) for entry in self._waiting)

    def _begins(self, entry: TrialEntry) -> bool:
        """Whether no running trial is about to train what this one needs first; one without a config waits for none."""
        return self._shared is None or entry.config is None or self._shared.claim(entry)

    def uses_up(self, trial_id: str, result: Mapping[str, Any]) -> bool:
        """Whether the sweep ends with this result: its trial stops, and goes on when there is more to use up."""
        if result["outcome"] != "epoch":
            return False
        if self.broken:
            return True
        with self._remembering():
            self._tick()
            self._write(trial_id, self._running[trial_id], result)
        return self.meter.exhausted() is not None

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Write down an epoch after which its trial goes on, and that it does where it was judged there."""
        with self._remembering():
            entry = self._running[trial_id]
            self._record(trial_id, entry, result)
            if self._halving and self._halving.judged_at(entry.number) == result["gradient_evaluations"]:
                self._study.note_passed(entry.number, result["epoch"] + 1)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Tell the study how a trial ended; a trial whose worker was lost goes on elsewhere."""
        with self._remembering():
            self._tick()
            entry, cause = self._running.pop(trial_id, None), self._causes.pop(trial_id, "")
            # Tune calls again, with an error, for the trial at whose end this searcher broke; when the sweep is to
            # end, the other trials stay as they are on record.
            self._gpus.pop(trial_id, None)
            if entry is None or self.broken:
                return
            if result is None or error:
                self._lost(entry, cause)
            else:
                self._ended(trial_id, entry, result)
            self._computed.pop(trial_id, None)
            self._losses.ended(entry.number)
            if self._shared:
                self._shared.ended(entry.number)

    def hear_cause(self, trial_id: str, cause: str) -> None:
        """What a worker died of, before its trial is said to be complete."""
        self._causes[trial_id] = cause

    def __getstate__(self) -> dict[str, Any]:
        """Tune pickles its searcher into Ray's folder: the study, its URL and password stay here."""
        return {}

    def save(self, checkpoint_path: str) -> None:
        """Nothing of the sweep is kept in Ray's folder."""

    def restore(self, checkpoint_path: str) -> None:
        """A sweep is resumed from its study, never from Ray's folder."""
        raise ValueError(f"a sweep is resumed from its study, but got {checkpoint_path=}")

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        """Tune takes an exception of its searcher for a failure of the trial and goes on: keep it, to end the sweep."""
        try:
            yield
        except Exception as error:
            self.broken = self.broken or error
            raise

    def _ended(self, trial_id: str, entry: TrialEntry, result: dict[str, Any]) -> None:
        if result["outcome"] != "epoch":
            self._count(trial_id, entry, result, recorded=0)
        if result["outcome"] == "machine":
            self._hindered(entry, result["reason"])
            return
        if result["outcome"] == "out of memory" and not entry.short_of_memory:
            self._study.note_short_of_memory(entry.number)
            self._again(entry, f"out of memory: {result['reason']}")
            return
        if result["outcome"] != "epoch":
            self._end(entry, "FAIL", f"{result['outcome']}: {result['reason']}")
            return
        self._record(trial_id, entry, result)
        assert entry.config is not None
        epochs = entry.config["training"]["epochs"]
        stopped = self._halving is not None and self._halving.stopped(entry.number)
        if result["epoch"] + 1 == epochs:
            self._end(entry, "COMPLETE")
        elif self.meter.exhausted() and not stopped:
            self._again(entry, f"the budget of {self.meter.exhausted()} is used up")
        elif self._halving and self._halving.promotes:
            self._study.hold(entry.number)
            self._held.add(entry.number)
            self._watcher.trial_held(entry)
        else:
            self._end(entry, "PRUNED", f"stopped early by asha after {result['epoch'] + 1} of {epochs} epochs")

    def _record(self, trial_id: str, entry: TrialEntry, result: dict[str, Any]) -> None:
        epoch = self._write(trial_id, entry, result)
        if self._shared:
            self._shared.trained(entry.number, epoch.epoch, epoch.key)
        self._watcher.epoch_done(entry, epoch, tuple(result["notes"]))

    def _write(self, trial_id: str, entry: TrialEntry, result: Mapping[str, Any]) -> EpochEntry:
        names = ("epoch", "key", "provenance", "spent", "gradient_evaluations", "val_acc")
        epoch = EpochEntry(**{name: result[name] for name in names})
        new = self._study.record_epoch(entry.number, epoch)
        if new:
            self._losses.new_epoch(entry.number)
        self._count(trial_id, entry, result, recorded=new)
        return epoch

    def _count(self, trial_id: str, entry: TrialEntry, result: Mapping[str, Any], recorded: int) -> None:
        """Count what was computed: what was recorded with an epoch, and what its worker computed besides since it spoke
        last, such as an epoch that diverged or one that was trained again."""
        computed = result.get("computed", 0)
        in_vain = max(0, computed - self._computed[trial_id] - recorded)
        self._computed[trial_id] = computed
        if in_vain:
            self._study.add_in_vain(entry.number, in_vain)
        self.meter.gradient_evaluations += recorded + in_vain

    def _tick(self) -> None:
        """Count the time of the trials that run, and write it down now and then."""
        self.meter.tick(sum(self._gpus.values()))
        if self.meter.due():
            self._study.note_times(self.meter)

    def _lost(self, entry: TrialEntry, cause: str) -> None:
        times = self._losses.lost(entry.number)
        if self._losses.all_die(1 + self._num_left()):
            # Not raised: Tune would end with a traceback of its own.
            self.broken = UserError(
                f"{self._study.name}: {self._losses.in_a_row} workers in a row died before a new epoch was stored: "
                f"{cause or 'no cause is known'}; mend it and continue with `{self._study.go_on}`"
            )
        elif times > MOST_LOSSES:
            self._end(entry, "FAIL", f"lost: its worker died {times} times" + (f": {cause}" if cause else ""))
        else:
            self._again(entry, "its worker was lost")

    def _num_left(self) -> int:
        """Trials that run or are to run for sure."""
        return len(self._running) + len(self._waiting) + self._study.total - self._num_begun

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
        self._study.end_turn(entry.number)
        again = self._study.trial(entry.number)
        self._waiting.append(again)
        self._watcher.trial_lost(entry, reason)

    def _end(self, entry: TrialEntry, state: str, reason: str = "") -> None:
        self._study.finish(entry.number, state, reason)
        if self._halving:
            self._halving.release(entry.number)
        self._watcher.trial_ended(entry, state, reason)
