"""What a confirmation found, as values and as a table; `wording` makes the sentences."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from rts_search.analysis.confirmation.decisions import BETTER, DIVERGED, WORSE
from rts_search.analysis.confirmation.wording import sentence


@dataclass(frozen=True)
class Claim:
    """What one look has established of a comparison; it stands from then on, with the numbers of that look."""

    look: int
    """Number of the look."""
    seeds: int
    difference: float | None
    """Mean of the paired differences; None where a run diverged and ranks decided."""
    low: float | None
    """Lower end of the interval of the mean difference by Student's t, at `level`."""
    high: float | None
    level: float
    """Two-sided level of the interval, in (0, 1): it excludes 0 exactly where the test claims."""
    p: float
    """One-sided p, corrected for the comparisons of that look."""
    cost: str
    """How the costs of the runs of that look compare, in words."""
    baseline_diverged: int
    """Runs of the baseline that had diverged by then."""


@dataclass(frozen=True)
class Comparison:
    """One contender against one baseline on common seeds; accuracies are those on the test part, in [0, 1]."""

    trial: int
    """Number of the contender in the sweep."""
    settings: str
    """What the contender is, to be read."""
    baseline: str
    seeds: int
    gradient_evaluations: float | None
    """Mean of the contender's runs, of the seeds where both were trained to their ends; None without any."""
    baseline_gradient_evaluations: float | None
    """Mean of the baseline's runs of the same seeds."""
    same_cost: bool
    """Whether both cost the same on each of these seeds."""
    test_acc: float | None
    """Mean over the runs that did not diverge; None without any."""
    test_acc_sd: float | None
    """Standard deviation, n - 1 in its denominator; None below two runs."""
    baseline_test_acc: float | None
    baseline_test_acc_sd: float | None
    difference: float | None
    """Mean of the paired differences, of the seeds on which neither diverged."""
    low: float | None
    """Lower end of the interval of the mean difference by Student's t, at `level`; None where a run diverged."""
    high: float | None
    level: float
    """Two-sided level of both intervals, in (0, 1)."""
    bootstrap_low: float | None
    """Lower end of the interval by the bootstrap (BCa), at `level`."""
    bootstrap_high: float | None
    holm_p: float
    """One-sided p of "no better", corrected for the comparisons of this look; 1 where nothing may be claimed."""
    outcome: str
    """better, worse, not established, diverged or incomplete."""
    diverged: int
    """Runs of the contender that diverged."""
    baseline_diverged: int
    far: tuple[int, ...]
    """Seeds on which the contender's run lies far from its other runs."""
    baseline_far: tuple[int, ...]
    one_seed: bool
    """Whether a difference would be established but for one seed, and so is not claimed."""
    missing: str
    """Which runs were lost for good, and why; empty when none was."""
    claim: Claim | None = None
    """What was established, by this look or an earlier one."""
    waits: bool = False
    """Whether nothing may be claimed of this contender before the one above has settled all of its comparisons."""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Comparison":
        """The way back from plain values."""
        claim = values.get("claim")
        tuples = {name: tuple(values[name]) for name in ("far", "baseline_far")}
        return cls(**{**values, **tuples, "claim": None if claim is None else Claim(**claim)})


@dataclass(frozen=True)
class Verdict:
    """All comparisons, the chosen contender's first, and what they rest on."""

    selected_among: int
    """Trials from which the contenders were chosen."""
    seen: str
    """Digest of the sweep's trials as they were."""
    comparisons: tuple[Comparison, ...]
    out_of_reach: tuple[int, ...]
    """Trials that got no more seeds after the screening: too far behind, or a run of theirs diverged or was lost."""
    look: int | None
    """Number of the look that judged them; None where nothing could be judged."""
    alpha: float
    """What this look could spend of the 5 %."""
    image: float = 0.0
    """What one image of the test part counts."""
    earlier: tuple[str, ...] = ()
    """What earlier looks have established of trials that are not compared any more, in words."""
    notes: tuple[str, ...] = ()
    """What else has to be known, in words."""

    @property
    def winner(self) -> int:
        """Number of the chosen contender in the sweep."""
        return self.comparisons[0].trial

    @property
    def own(self) -> list[Comparison]:
        """The chosen contender's comparisons."""
        return [one for one in self.comparisons if one.trial == self.winner]

    @property
    def decided(self) -> bool:
        """Whether further seeds could establish nothing more of the chosen contender."""
        return all(one.outcome in (BETTER, WORSE, DIVERGED) for one in self.own)

    def frame(self) -> pd.DataFrame:
        """One row per comparison."""
        rows = [{**asdict(one), "claim": one.claim.look if one.claim else None} for one in self.comparisons]
        frame = pd.DataFrame(rows).rename(columns={"claim": "claimed_at_look"})
        return frame.astype({"claimed_at_look": "Int64"})  # whole numbers, though some are missing

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"winner": self.winner, "sentence": sentence(self), **_plain(asdict(self))}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Verdict":
        """The way back."""
        own = {name: value for name, value in values.items() if name in cls.__dataclass_fields__}
        comparisons = tuple(Comparison.from_dict(one) for one in values["comparisons"])
        tuples = {name: tuple(values[name]) for name in ("out_of_reach", "earlier", "notes")}
        return cls(**{**own, **tuples, "comparisons": comparisons})


def _plain(value: Any) -> Any:
    """With lists for tuples, as JSON gives them back."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
