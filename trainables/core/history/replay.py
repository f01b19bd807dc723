"""What the store already knows of a trial: the longest run of its epochs, and the states to go on from."""

import copy
from dataclasses import dataclass, replace

from trainables.core.history.lineage import epoch_settings, next_key, start_key
from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.timing import SwitchRule, make_rule

SHARING = ("same_device", "any", "off")


@dataclass(frozen=True)
class Owner:
    """Which trial asks, on what machine, and whose work it may take up."""

    name: str
    """Unique name of the trial, such as `digits:3f2a/7`."""
    machine: str
    """Provenance of what this machine alone trains."""
    sharing: str = "same_device"
    """One of SHARING."""
    adopted: frozenset[tuple[str, str]] = frozenset()
    """Addresses (key, provenance) of the epochs that the trial has on record, whoever trained them."""

    @property
    def private_to(self) -> str:
        """What the start key is salted with: the trial's name when it shares nothing."""
        return self.name if self.sharing == "off" else ""

    def may_use(self, epoch: StoredEpoch) -> bool:
        """Its own work and what it has on record from any machine; the work of others as `sharing` says."""
        own = epoch.trained_by == self.name or (epoch.key, epoch.provenance) in self.adopted
        return own or self.sharing == "any" or epoch.provenance == self.machine


@dataclass(frozen=True)
class Path:
    """A run of stored epochs from epoch 0 on, and the switch rule as it stands after them."""

    key: str
    rule: SwitchRule
    epochs: tuple[StoredEpoch, ...] = ()

    @property
    def provenance(self) -> str | None:
        """Provenance of the last epoch; none before the first."""
        return self.epochs[-1].provenance if self.epochs else None


def fresh_path(config: TrialConfig, fingerprint: str, owner: Owner) -> Path:
    """The path of no epoch yet."""
    return Path(start_key(config, fingerprint, owner.private_to), make_rule(config.timing))


def extend(path: Path, epoch: StoredEpoch) -> Path:
    """The path with one more epoch, observed by a copy of its switch rule."""
    rule = copy.deepcopy(path.rule)
    rule.observe(epoch.grad_norms, epoch.record.train_loss, epoch.record.val_loss)
    return replace(path, key=epoch.key, rule=rule, epochs=(*path.epochs, epoch))


def known_path(config: TrialConfig, start: Path, store: Store, owner: Owner, until: int) -> Path:
    """The stored path from which the most epochs need no training.

    Machines differ in the last bits, so an address may hold several records, one per provenance; every branch that
    the trial may use is followed, and one trained by a single machine wins a tie.
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
    """How many epochs of the path need no training: all when it is complete, else up to its last epoch's state."""
    if len(path.epochs) == until:
        return until
    last = path.epochs[-1] if path.epochs else None
    return len(path.epochs) if last is not None and store.has_state(last.key, last.provenance) else 0


def cut(path: Path, start: Path, length: int) -> Path:
    """The first `length` epochs of a path."""
    shorter = start
    for epoch in path.epochs[:length]:
        shorter = extend(shorter, epoch)
    return shorter
