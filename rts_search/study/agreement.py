"""Compares what the database says of an epoch with the epoch's own record in the store, which has a checksum."""

from collections.abc import Sequence

from rts_search.study.damage import damaged
from rts_search.study.trials import EpochEntry, TrialEntry
from trainables.core.history.record import StoredEpoch
from trainables.core.settings.metrics import METRICS


def require_agreement(study: str, entry: TrialEntry, stored: Sequence[StoredEpoch | None], steps: int) -> None:
    """Check a trial of the database against the records of its epochs.

    Args:
        study: its name, for messages.
        entry: the trial.
        stored: the record of each of its epochs; None where there is none, or it cannot be read.
        steps: mini-batches of one epoch, as the sweep counts them.

    Raises:
        DamagedStudy: the database says something else than a record.
    """
    for epoch, record in zip(entry.epochs, stored, strict=True):
        if record is not None and (different := _different(epoch, record, steps)):
            name, found, expected = different
            place = f"study {study}: trial {entry.number}: epoch {epoch.epoch + 1}"
            raise damaged(place, f"{name} is {found} in the database and {expected} in the sealed record of the epoch")


def _different(epoch: EpochEntry, stored: StoredEpoch, steps: int) -> tuple[str, object, object] | None:
    """The first value that differs, with what the database and the record say; None if all agree."""
    record = stored.record
    if record.epoch != epoch.epoch:
        return "epoch", epoch.epoch, record.epoch
    for name in METRICS:
        found, expected = getattr(epoch, name), getattr(record, name)
        if found is not None and expected is not None and found != expected:
            return name, found, expected
    own = record.gradient_evaluations
    counted = own * steps // len(stored.grad_norms) if stored.grad_norms else own
    if epoch.gradient_evaluations not in (own, counted):
        return "gradient_evaluations", epoch.gradient_evaluations, counted
    return None
