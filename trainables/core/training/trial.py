"""The training loop of a trial: yields its epochs in order, from the store where they exist, else by training."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings, epoch_settings, next_key, steps_per_epoch
from trainables.core.history.passing import PassingStates
from trainables.core.history.provenance import continued, machine, machine_id
from trainables.core.history.record import EpochRecord, StoredEpoch
from trainables.core.history.replay import Owner, Path, cut, extend, fresh_path, known_path
from trainables.core.history.sealing import DamagedError
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.metrics import DEFAULT_METRIC, METRICS
from trainables.core.training.engine import Engine
from trainables.core.training.epoch_figures import DivergedError, EpochFigures


@dataclass(frozen=True)
class EpochOutcome:
    """One epoch of a trial."""

    stored: StoredEpoch
    """The epoch's record with its address."""
    spent: bool
    """True when this trial trained it, now or before an interruption; False when another trial did."""
    notes: tuple[str, ...] = ()
    """Messages for the user, such as that a damaged state was deleted."""
    was_stored: bool = False
    """Whether it was read from the store, and not trained now."""


@dataclass(frozen=True)
class StatePolicy:
    """After which epochs a state is written.

    Besides those given here, a state is always written after the last epoch and after the epoch in which a switch rule
    decides.
    """

    branch_epochs: frozenset[int] = frozenset()
    """Numbers of finished epochs after which other trials may branch off, so that they need the state. All of these
    epochs are SGD."""
    every_seconds: float = 30.0
    """A state is written when this many seconds of training have passed since the last one; 0: after every epoch."""
    replaced: bool = False
    """Whether a state from which no other trial may branch off is deleted once the trial has a later one."""
    rule: str = "last"
    """The epoch by whose value the trial is compared: `last` or `best`. For `best`, a state at or before the best
    epoch is kept, so that it can be trained again."""
    judged_costs: tuple[float, ...] = ()
    """Gradient evaluations, as the sweep counts them, at which the trial may be stopped (its rungs). A state is written
    there, to continue from later."""
    metric: str = DEFAULT_METRIC.name
    """Name of that value. Stored epochs without it, which an earlier version trained, are trained again."""
    stop_epochs: frozenset[int] = frozenset()
    """Numbers of finished PUGD epochs after which other trials may go on with SGD, so that they need the state."""


@dataclass
class Trial:
    """One trial on one machine; `epochs` yields its epochs in order."""

    config: TrialConfig
    """The trial's settings."""
    dataset: Dataset
    """The images; only the training and validation part are used."""
    store: Store
    """The checkpoint store."""
    name: str
    """Unique name of the trial, which the records of the epochs that it trains carry."""
    sharing: str = "same_device"
    """Whose epochs it may use: same_device, any or off."""
    policy: StatePolicy = field(default_factory=StatePolicy)
    """After which epochs a state is written."""
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    """Where it is trained."""
    adopted: frozenset[tuple[str, str]] = frozenset()
    """Addresses (key, provenance) of the epochs that the study already counts as this trial's. It may use them on any
    machine."""
    micro_batches: int = 1
    """Number of parts in which a mini-batch goes through the model, >= 1; more parts need less memory."""
    counted_steps: int = 0
    """Number of mini-batches as which the sweep counts an epoch; 0: as many as this trial takes."""

    def __post_init__(self) -> None:
        self._machine = machine(self.device, self.micro_batches, self.config.model.name)
        self._owner = Owner(self.name, machine_id(self._machine), self.sharing, self.adopted, self.policy.metric)
        self._notes: list[str] = []
        self._state_age = 0.0
        self.computed = 0
        """Gradient evaluations that this process has computed, including a diverged epoch and epochs trained again."""
        self._passing = PassingStates(self.store)

    def epochs(self) -> Iterator[EpochOutcome]:
        """Yield every epoch from the first to the last. Raises: DivergedError after the last finite epoch."""
        start = fresh_path(self.config, self.dataset.fingerprint, self._owner)
        until = self.config.training.epochs
        path = known_path(self.config, start, self.store, self._owner, until)
        engine = None
        if len(path.epochs) < until:
            path, engine = self._resume(start, path)
        for stored in path.epochs:
            yield self._outcome(stored, trained=False)
        while engine is not None and len(path.epochs) < until:
            path = self._advance(engine, path, until)
            yield self._outcome(path.epochs[-1], trained=True)

    def charged(self, gradient_evaluations: int) -> int:
        """What the sweep counts for gradient evaluations of whole epochs of this trial.

        In a sweep that searches the batch size, a gradient evaluation is one of the largest size. So an epoch of SGD
        counts the same in all trials, whatever their batch size: the forward and backward passes of all its images,
        divided by the largest size and rounded up. `gradient_evaluations` counts mini-batches of this trial's own size.
        """
        steps = self._steps_per_epoch()
        return gradient_evaluations * (self.counted_steps or steps) // steps

    def _steps_per_epoch(self) -> int:
        return steps_per_epoch(len(self.dataset.train.labels), self.config.training.batch_size)

    def engine_after(self, epochs: int) -> Engine:
        """Return the engine in its state after `epochs` epochs, trained from the latest stored state before it.

        Raises:
            DivergedError: an epoch diverged.
        """
        start = fresh_path(self.config, self.dataset.fingerprint, self._owner)
        known = known_path(self.config, start, self.store, self._owner, epochs)
        path, engine = self._resume(start, known)
        while len(path.epochs) < epochs:
            path = self._advance(engine, path, epochs)
        return engine

    def _resume(self, start: Path, path: Path) -> tuple[Path, Engine]:
        """Return an engine in the latest undamaged state of the path, and the path up to that state."""
        for depth in range(len(path.epochs), 0, -1):
            key, provenance = path.epochs[depth - 1].key, path.epochs[depth - 1].provenance
            if not self.store.has_state(key, provenance):
                continue
            engine = self._fresh_engine()
            try:
                engine.load(self.store.state(key, provenance, engine.most_state_bytes))
            except FileNotFoundError:
                continue  # deleted since the check above: its trial has a later state or has ended
            except DamagedError as error:
                self._notes.append(f"dropped a damaged state and trained from an earlier one: {error}")
                with contextlib.suppress(OSError):  # such as a folder that is not empty
                    self.store.drop_state(key, provenance)
                continue
            return cut(path, start, depth), engine
        return start, self._fresh_engine()

    def _fresh_engine(self) -> Engine:
        return Engine(self.config, self.dataset, self.device, self.micro_batches)

    def _advance(self, engine: Engine, path: Path, until: int) -> Path:
        """Train, validate and store one epoch."""
        epoch, began = len(path.epochs), time.perf_counter()
        settings = epoch_settings(self.config, epoch, path.rule.switch_epoch)
        figures = self._train(engine, epoch, settings)
        self._notes += figures.notes
        validated = engine.evaluate(self.dataset.val)
        if not validated.loss < float("inf"):
            raise DivergedError(epoch, f"the validation loss is not finite after epoch {epoch + 1}")
        spent_before = path.epochs[-1].record.gradient_evaluations if path.epochs else 0
        record = EpochRecord(
            epoch=epoch,
            phase=settings.phase,
            radius=settings.radius,
            scale=settings.scale if figures.scale is None else figures.scale,
            learning_rate=settings.rate(epoch, len(figures.grad_norms) - 1, len(figures.grad_norms)),
            train_loss=figures.train_loss,
            train_acc=figures.train_acc,
            val_loss=validated.loss,
            val_acc=validated.accuracy,
            grad_norm=sum(figures.grad_norms) / len(figures.grad_norms),
            gradient_evaluations=spent_before + settings.gradient_evaluations(epoch, len(figures.grad_norms)),
            seconds=time.perf_counter() - began,
            balanced_accuracy=validated.balanced_accuracy,
            macro_f1=validated.macro_f1,
            top5_acc=validated.top5_acc,
        )
        longer = self._keep(engine, path, settings, record, figures.grad_norms, until)
        if self._state_age == 0.0:  # there is a state after this epoch
            self._passing.drop_before(len(longer.epochs), self._chosen(longer))
        return longer

    def _train(self, engine: Engine, epoch: int, settings: EpochSettings) -> EpochFigures:
        """Train one epoch and add its cost to `computed`. A diverged epoch counts in full, since it is computed to its
        end. An epoch that ends with any other error is not counted."""
        cost = settings.gradient_evaluations(epoch, self._steps_per_epoch())
        try:
            figures = engine.train_epoch(epoch, settings)
        except DivergedError:
            self.computed += cost
            raise
        self.computed += cost
        return figures

    def _chosen(self, path: Path) -> int | None:
        """Number of epochs up to the best one so far; None when the last epoch counts."""
        if self.policy.rule == "last":
            return None
        metric = METRICS[self.policy.metric]
        gains = [metric.gain(getattr(stored.record, metric.name)) for stored in path.epochs]
        return gains.index(max(gains)) + 1

    def _keep(
        self,
        engine: Engine,
        path: Path,
        settings: EpochSettings,
        record: EpochRecord,
        grad_norms: tuple[float, ...],
        until: int,
    ) -> Path:
        """Write the state if the policy asks for one, then the record, so that a record never waits for its state."""
        stored = StoredEpoch(
            key=next_key(path.key, settings),
            provenance=continued(path.provenance, self._owner.machine),
            parent=path.provenance,
            trained_by=self.name,
            record=record,
            grad_norms=grad_norms,
            machine=self._machine,
        )
        self._state_age += record.seconds
        onward, finished, ends = extend(path, stored), record.epoch + 1, (until, self.config.training.epochs)
        decided = onward.rule.switch_epoch == finished and path.rule.switch_epoch is None
        branching = finished in self.policy.branch_epochs or finished in self.policy.stop_epochs
        wanted = decided or branching or self._is_judged(path, record)
        if wanted or self._state_age >= self.policy.every_seconds or finished in ends:
            if self.policy.replaced and finished not in ends and not self._branches(finished, settings.phase):
                self._passing.put(stored, engine.dump())
            else:
                self.store.put_state(stored.key, stored.provenance, engine.dump())
            self._state_age = 0.0
        self.store.put_epoch(stored, self.policy.metric)
        first = self.store.epoch(stored.key, stored.provenance)
        return onward if first in (None, stored) else extend(path, first)

    def _is_judged(self, path: Path, record: EpochRecord) -> bool:
        before = self.charged(path.epochs[-1].record.gradient_evaluations) if path.epochs else 0
        return any(before < cost <= self.charged(record.gradient_evaluations) for cost in self.policy.judged_costs)

    def _branches(self, finished: int, phase: str) -> bool:
        """Whether other trials may branch off here: after an SGD epoch that is a branch epoch, after any SGD epoch
        when a switch rule decides, or after a PUGD epoch after which others may stop PUGD."""
        if phase != "sgd":
            return finished in self.policy.stop_epochs
        return finished in self.policy.branch_epochs or self.config.timing.rule != "epoch"

    def _outcome(self, stored: StoredEpoch, trained: bool) -> EpochOutcome:
        notes, self._notes = tuple(self._notes), []
        return EpochOutcome(stored, trained or stored.trained_by == self.name, notes, was_stored=not trained)
