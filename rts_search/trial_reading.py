"""What the database holds of a trial, as an entry."""

import itertools
from collections.abc import Iterator

from optuna.trial import FrozenTrial

from rts_search.samplers.seen import is_held
from rts_search.trial_entry import EpochEntry, TrialEntry


def epoch_name(epoch: int) -> str:
    """The attribute of an epoch (0-based)."""
    return f"epoch:{epoch:06d}"


def read_trial(trial: FrozenTrial, reports: bool) -> TrialEntry:
    """A trial as it stands; `reports`: whether the study has its epochs' val_acc as Optuna's own values too."""
    attrs = trial.user_attrs
    return TrialEntry(
        number=trial.number,
        state=trial.state.name,
        config=attrs.get("config"),
        baseline=attrs.get("baseline", ""),
        reason=attrs.get("reason", ""),
        epochs=tuple(_epochs(trial, reports)),
        short_of_memory=bool(attrs.get("short_of_memory")),
        held=is_held(trial),
        repeats=attrs.get("repeats"),
    )


def _epochs(trial: FrozenTrial, reports: bool) -> Iterator[EpochEntry]:
    for epoch in sorted(trial.intermediate_values) if reports else itertools.count():
        attrs = trial.user_attrs.get(epoch_name(epoch))
        if attrs is None:
            # The last one, or Optuna, which reads attributes before values, read the former before the driver wrote
            # both: the next look has it.
            return
        yield EpochEntry(epoch=epoch, **attrs)
