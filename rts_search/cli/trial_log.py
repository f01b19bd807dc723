"""One trial in lines, for `logs --trial`: its settings, its epochs, how it ended."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rts_search.basics.errors import UserError

if TYPE_CHECKING:
    from rts_search.study.study import SweepStudy
    from rts_search.study.trials import EpochEntry, TrialEntry
    from trainables.core.history.store import Store

ENDED = {"COMPLETE": "completed", "PRUNED": "stopped early", "FAIL": "failed"}


def trial_of(study: "SweepStudy", number: int) -> "TrialEntry":
    """A trial by its number. Raises: UserError: it has not begun."""
    entries = {entry.number: entry for entry in study.trials()}
    if number not in entries:
        begun = f"0 to {max(entries)}" if len(entries) > 1 else "0" if entries else "none so far"
        raise UserError(f"--trial: must be a trial of {study.name} that has begun ({begun}), but got {number}")
    return entries[number]


def head(entry: "TrialEntry", study: "SweepStudy") -> str:
    """The trial with its settings."""
    from rts_search.analysis.arms.rows import settings_of
    from rts_search.analysis.short_settings import short_settings
    from rts_search.sweep.arms import arms_of
    from rts_search.sweep.baselines import RTS

    if entry.config is None:
        return f"trial {entry.number}: has not been drawn yet"
    if entry.arm == RTS:
        return f"trial {entry.number}: {short_settings(entry.settings, study.sweep.space)}"
    arm = next((one for one in arms_of(study.sweep) if one.name == entry.arm), None)
    searched = "" if arm is None else settings_of(arm, entry.settings)
    return f"trial {entry.number}: {', '.join(filter(None, (entry.arm, searched)))}"


def epochs(entry: "TrialEntry", store: "Store", after: int) -> Iterator[str]:
    """The epochs of a trial from the one with this index on, each in a line."""
    from rts_search.cli.training import epoch_line
    from rts_search.study.stored_epochs import read_record

    for epoch in entry.epochs[after:]:
        stored, why = read_record(store, epoch)
        line = _known(epoch, why) if stored is None else epoch_line(stored.record)
        yield line if epoch.spent else f"{line}  (shared with another trial)"


def _known(epoch: "EpochEntry", why: str) -> str:
    """What the study alone knows of an epoch."""
    return (
        f"epoch {epoch.epoch + 1}  val_acc {epoch.val_acc:.4f}  gradient_evaluations {epoch.gradient_evaluations:,}"
        f"  (its record is lost: {why})"
    )


def end(entry: "TrialEntry") -> str:
    """How the trial ended; empty while it runs."""
    if entry.held:
        return f"trial {entry.number}: stopped early for now; it continues if it turns out to be among the best"
    if entry.state not in ENDED:
        return ""
    return f"trial {entry.number}: {ENDED[entry.state]}{f': {entry.reason}' if entry.reason else ''}"
