"""Find the epochs of a trial that the store already has, and the state to continue from."""

import copy
from dataclasses import dataclass, replace

from trainables.core.history.lineage import epoch_settings, next_key, start_key
from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.metrics import DEFAULT_METRIC
from trainables.core.settings.timing import SwitchRule, make_rule

SHARING = ("same_device", "any", "off")
"""Whose epochs a trial may reuse: those of machines with the same provenance, of any machine, or only its own."""


@dataclass(frozen=True)
class Owner:
    """The trial that looks for epochs: its name, its machine, and whose epochs it may use."""

    name: str
    """Unique name of the trial, such as `digits:3f2a/7`."""
    machine: str
    """Provenance of epochs that are trained on this machine only."""
    sharing: str = "same_device"
    """One of SHARING."""
    adopted: frozenset[tuple[str, str]] = frozenset()
    """Addresses (key, provenance) of the epochs that the study already counts as this trial's, whoever trained them."""
    metric: str = DEFAULT_METRIC.name
    """The metric whose value every epoch must have; records of earlier versions have only val_acc and val_loss."""

    @property
    def private_to(self) -> str:
        """The `private_to` of `start_key`: the trial's name when it shares no epochs, else empty."""
        return self.name if self.sharing == "off" else ""

    def may_use(self, epoch: StoredEpoch) -> bool:
        """Whether the trial may use a stored epoch: its own and adopted ones always, others as `sharing` says. None of
        them without a value of the metric."""
        if not epoch.record.has(self.metric):
            return False
        own = epoch.trained_by == self.name or (epoch.key, epoch.provenance) in self.adopted
        return own or self.sharing == "any" or epoch.provenance == self.machine


@dataclass(frozen=True)
class Path:
    """A chain of stored epochs from epoch 0 on, and the state of the switch rule after them."""

    key: str
    """Address after the last of the epochs."""
    rule: SwitchRule
    """The switch rule, after it has observed the epochs."""
    epochs: tuple[StoredEpoch, ...] = ()
    """The epochs, in order."""

    @property
    def provenance(self) -> str | None:
        """Provenance of the last epoch; None when there is no epoch."""
        return self.epochs[-1].provenance if self.epochs else None


def fresh_path(config: TrialConfig, fingerprint: str, owner: Owner) -> Path:
    """Return the path with no epochs, at the trial's start key."""
    return Path(start_key(config, fingerprint, owner.private_to), make_rule(config.timing))


def extend(path: Path, epoch: StoredEpoch) -> Path:
    """Return the path with one more epoch. The given path and its switch rule are not changed."""
    rule = copy.deepcopy(path.rule)
    rule.observe(epoch.grad_norms, epoch.record.train_loss, epoch.record.val_loss)
    return replace(path, key=epoch.key, rule=rule, epochs=(*path.epochs, epoch))


def known_path(config: TrialConfig, start: Path, store: Store, owner: Owner, until: int) -> Path:
    """Return the stored path that saves the trial the most epochs of training, up to `until` epochs.

    Machines differ in the last bits, so that an address may have several records, one per provenance. All of them that
    the trial may use are followed. Of paths that save equally much, one that was trained on this machine only wins.
    """
    best, best_rank = start, (0, True)
    waiting = [start]
    while waiting:
        path = waiting.pop()
        depth = _usable(path, store, until)
        rank = (depth, path.provenance in (None, owner.machine))
        if rank > best_rank:
            best, best_rank = path, rank
        if len(path.epochs) < until:
            waiting.extend(_continuations(config, path, store, owner))
    return best


def _continuations(config: TrialConfig, path: Path, store: Store, owner: Owner) -> list[Path]:
    epoch = len(path.epochs)
    key = next_key(path.key, epoch_settings(config, epoch, path.rule.switch_epoch))
    return [
        extend(path, stored)
        for stored in store.epochs(key)
        if stored.parent == path.provenance and owner.may_use(stored)
    ]


def _usable(path: Path, store: Store, until: int) -> int:
    """Number of epochs that the path saves: all when it is complete or its last epoch has a state, else 0."""
    if len(path.epochs) == until:
        return until
    last = path.epochs[-1] if path.epochs else None
    return len(path.epochs) if last is not None and store.has_state(last.key, last.provenance) else 0


def cut(path: Path, start: Path, length: int) -> Path:
    """Return the path with only the first `length` epochs."""
    shorter = start
    for epoch in path.epochs[:length]:
        shorter = extend(shorter, epoch)
    return shorter
