"""States that a running trial needs for its own resume alone: each takes the place of the one before."""

from dataclasses import dataclass, field

from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import Store


@dataclass(frozen=True)
class _Passing:
    """A state that was written only so that its trial can be resumed."""

    epochs: int
    key: str
    provenance: str
    written: float | None


@dataclass
class PassingStates:
    """The passing states that a trial has written and not dropped yet."""

    store: Store
    _kept: list[_Passing] = field(default_factory=list)

    def put(self, epoch: StoredEpoch, payload: bytes) -> None:
        """Keep a state until the trial has a later one."""
        # One that is there already was written by another trial, who may need it at this very epoch.
        own = not self.store.has_state(epoch.key, epoch.provenance)
        self.store.put_state(epoch.key, epoch.provenance, payload)
        if own:
            written = self.store.state_written(epoch.key, epoch.provenance)
            self._kept.append(_Passing(epoch.record.epoch + 1, epoch.key, epoch.provenance, written))

    def drop_before(self, epochs: int, chosen: int | None) -> None:
        """Drop what lies before the state after `epochs` epochs, whose record is stored by now.

        chosen: number of epochs to the state that is the trial's result so far, where that is not the last one; the
        nearest state from which it can be trained again stays.
        """
        nearest = max((state.epochs for state in self._kept if state.epochs <= (chosen or 0)), default=0)
        staying = []
        for state in self._kept:
            if state.epochs in (epochs, nearest):
                staying.append(state)
            elif state.written is not None:
                self.store.drop_state(state.key, state.provenance, state.written)
        self._kept = staying
