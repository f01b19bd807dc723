"""The verdict that may be shown of a sweep: the one that has seen exactly the trials as they are now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.seen_trials import seen_digest
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry


@dataclass(frozen=True)
class CurrentVerdict:
    """What is to be shown of a sweep's confirmation."""

    verdict: dict[str, Any] | None = None
    """What `confirm` has found, while it holds."""
    outdated: str = ""
    """What is said in its place when it holds no more, in one sentence; else empty."""


def current_verdict(name: str, entries: Sequence[TrialEntry], recorded: Mapping[str, Any] | None) -> CurrentVerdict:
    """Of a sweep and its trials, with the verdict that its confirmation has recorded last."""
    if recorded is None:
        return CurrentVerdict()
    again = f"judge again with `rts-search confirm {name}`"
    if "seen" not in recorded:
        return CurrentVerdict(None, f"The verdict is of an earlier version and cannot be checked: {again}.")
    if recorded["seen"] != seen_digest(entries):
        return CurrentVerdict(None, f"The sweep has changed since it was confirmed: {again}.")
    return CurrentVerdict(dict(recorded))


def read_verdict(study: SweepStudy, entries: Sequence[TrialEntry], storage_url: str) -> CurrentVerdict:
    """The same, with the recorded verdict read from the database. Raises: UserError."""
    if not ConfirmationStudy.exists(storage_url, study.name):
        return CurrentVerdict()
    return current_verdict(study.name, entries, ConfirmationStudy.load(storage_url, study.name).verdict)
