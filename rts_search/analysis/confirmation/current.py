"""Which verdict of a sweep may be shown: only one that was made from exactly the trials that the sweep has now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rts_search.analysis.confirmation.decisions import BETTER, WORSE
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.analysis.confirmation.wording import sentence
from rts_search.analysis.short_settings import short_settings
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.seen_trials import seen_digest
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from search_spaces.space import Space


@dataclass(frozen=True)
class CurrentVerdict:
    """The verdict of a sweep, or why it is outdated."""

    verdict: dict[str, Any] | None = None
    """The verdict as plain values, with its sentence in the words of today; None when there is none, or it is
    outdated."""
    outdated: str = ""
    """One sentence to show instead of an outdated verdict; empty otherwise."""

    @property
    def told(self) -> str:
        """The verdict in one line, or why it is outdated; empty without any."""
        return self.outdated if self.verdict is None else f"Verdict: {self.verdict['sentence']}"

    @property
    def won(self) -> bool:
        """Whether the verdict calls the chosen contender better than a baseline, and behind none."""
        if self.verdict is None:
            return False
        own = [one for one in self.verdict["comparisons"] if one["trial"] == self.verdict["winner"]]
        outcomes = {one["outcome"] for one in own}
        return BETTER in outcomes and WORSE not in outcomes


def current_verdict(
    judge: str, entries: Sequence[TrialEntry], recorded: Mapping[str, Any] | None, space: Space | None = None
) -> CurrentVerdict:
    """Check a recorded verdict against the sweep's trials.

    Args:
        judge: the command that confirms the sweep.
        entries: its trials now.
        recorded: the verdict that its last confirmation recorded, if any.
        space: its search space; None: the settings of trials are told as they were recorded.
    """
    if recorded is None:
        return CurrentVerdict()
    again = f"judge again with `{judge}`"
    if "seen" not in recorded:
        return CurrentVerdict(None, f"The verdict was recorded by an earlier version and cannot be checked: {again}.")
    if recorded["seen"] != seen_digest(entries):
        return CurrentVerdict(None, f"The sweep has changed since it was confirmed: {again}.")
    told = {} if space is None else _contenders(entries, recorded, space)
    verdict = {**recorded, "comparisons": [_in_short(one, told) for one in recorded["comparisons"]]}
    return CurrentVerdict({**verdict, "sentence": sentence(Verdict.from_dict(verdict))})  # in the words of today


def read_verdict(study: SweepStudy, entries: Sequence[TrialEntry], storage_url: str) -> CurrentVerdict:
    """Read the recorded verdict from the database and check it against the sweep's trials. Raises: UserError."""
    if not ConfirmationStudy.exists(storage_url, study.name):
        return CurrentVerdict()
    recorded = ConfirmationStudy.load(storage_url, study.name).verdict
    return current_verdict(study.judge, entries, recorded, study.sweep.space)


def _contenders(entries: Sequence[TrialEntry], recorded: Mapping[str, Any], space: Space) -> dict[int, str]:
    """The settings of the contenders of a verdict as tables show them today, by trial."""
    numbers = {one["trial"] for one in recorded["comparisons"]}
    return {one.number: short_settings(one.settings, space) for one in entries if one.number in numbers and one.config}


def _in_short(comparison: Mapping[str, Any], told: Mapping[int, str]) -> dict[str, Any]:
    """A comparison with the contender's settings as told today. Those of tuned methods stay: they name each setting."""
    kept = comparison["settings"]
    return {**comparison, "settings": kept if comparison.get("at") else told.get(comparison["trial"], kept)}
