"""States that only serve to resume the running trial: each one is deleted when the trial has written a later one."""

from dataclasses import dataclass, field

from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import Store


@dataclass(frozen=True)
class _Passing:
    """The place of a state that was written only so that its trial can be resumed."""

    epochs: int
    key: str
    provenance: str
    written: float | None


@dataclass
class PassingStates:
    """The states of this kind that one trial has written and not deleted yet."""

    store: Store
    _kept: list[_Passing] = field(default_factory=list)

    def put(self, epoch: StoredEpoch, payload: bytes) -> None:
        """Write a state that stays until the trial has a later one."""
        # A state that exists already was written by another trial, which may still need it: it is never deleted here.
        own = not self.store.has_state(epoch.key, epoch.provenance)
        self.store.put_state(epoch.key, epoch.provenance, payload)
        if own:
            written = self.store.state_written(epoch.key, epoch.provenance)
            self._kept.append(_Passing(epoch.record.epoch + 1, epoch.key, epoch.provenance, written))

    def drop_before(self, epochs: int, chosen: int | None) -> None:
        """Delete the states before the one after `epochs` epochs. Called once the record of that epoch is stored.

        chosen: number of epochs after which the trial's best result so far was reached; None when the last epoch
        counts. The latest state from which that result can be trained again is kept.
        """
        nearest = max((state.epochs for state in self._kept if state.epochs <= (chosen or 0)), default=0)
        staying = []
        for state in self._kept:
            if state.epochs in (epochs, nearest):
                staying.append(state)
            elif state.written is not None:
                self.store.drop_state(state.key, state.provenance, state.written)
        self._kept = staying
