"""The verdict of a confirmation as values and as a table. `wording` makes its sentence, `page` its page."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from rts_search.analysis.confirmation.decisions import BETTER, DIVERGED, WORSE
from rts_search.analysis.confirmation.pairs import Question
from rts_search.analysis.confirmation.tuning import Tuning
from rts_search.analysis.confirmation.wording import sentence
from rts_search.sweep.baselines import RTS
from trainables.core.settings.metrics import DEFAULT_METRIC

OF_TUNED_ARMS = frozenset(
    {"tuning", "relation", "baseline_trial", "baseline_settings", "baseline_epochs", "at", "tuning_luck"}
)
"""Names of values that only verdicts of tuned arms have."""


@dataclass(frozen=True)
class Claim:
    """A claim: what one look established of a comparison. It holds from then on, with the numbers of that look."""

    look: int
    """Number of the look, from 1."""
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
    """How the costs compared at that look, in words."""
    baseline_diverged: int
    """Number of the baseline's runs that had diverged by then."""
    relation: str | None = None
    """Where arms are tuned: at what training cost the contender did it, such as `at no more training cost`."""


@dataclass(frozen=True)
class Comparison:
    """One contender against one baseline on the same seeds of the test part."""

    trial: int
    """Number of the contender in the sweep."""
    settings: str
    """Settings of the contender in short."""
    baseline: str
    seeds: int
    gradient_evaluations: float | None
    """Mean cost of the contender's runs, over the seeds on which both were trained to their last epoch; None without
    any."""
    baseline_gradient_evaluations: float | None
    """Mean cost of the baseline's runs on the same seeds."""
    same_cost: bool
    """Whether both cost the same on each of these seeds."""
    test_acc: float | None
    """Mean over the runs that did not diverge; None without any."""
    test_acc_sd: float | None
    """Standard deviation with n - 1 in the denominator; None for fewer than two runs."""
    baseline_test_acc: float | None
    baseline_test_acc_sd: float | None
    difference: float | None
    """Mean of the paired differences over the seeds on which neither diverged; None without any."""
    low: float | None
    """Lower end of the interval of the mean difference by Student's t, at `level`; None where a run diverged."""
    high: float | None
    level: float
    """Two-sided level of both intervals, in (0, 1)."""
    bootstrap_low: float | None
    """Lower end of the interval by the bootstrap (BCa), at `level`."""
    bootstrap_high: float | None
    holm_p: float
    """One-sided p of "not better", corrected for all comparisons of this look; 1 where nothing may be claimed."""
    outcome: str
    """better, worse, not established, diverged or incomplete."""
    diverged: int
    """Number of the contender's runs that diverged."""
    baseline_diverged: int
    far: tuple[int, ...]
    """Seeds on which the contender's accuracy is far from that of its other runs."""
    baseline_far: tuple[int, ...]
    one_seed: bool
    """Whether the difference is not claimed because it depends on one seed."""
    missing: str
    """Runs that were lost for good, with the reasons; empty without any."""
    claim: Claim | None = None
    """The claim, made by this look or an earlier one; None without one."""
    waits: bool = False
    """Whether nothing may be claimed of this contender before the comparisons of the one above are decided."""
    metric: str = DEFAULT_METRIC.name
    """The sweep's metric. `test_acc` and its like are its values on the test part, as they are. Differences are
    positive where the contender is better: for a loss, the baseline's value minus the contender's."""
    baseline_trial: int | None = None
    """Number of the rival's trial; None for a baseline that is not tuned. The same holds for all that follow."""
    baseline_settings: str | None = None
    """Settings of the rival in short."""
    baseline_epochs: float | None = None
    """Mean number of epochs of the rival's runs."""
    at: str | None = None
    """`confirm.at`: how long the rivals train."""
    tuning_luck: float | None = None
    """Standard deviation of the difference over repeated tunings of both arms. It is part of p and of the intervals;
    0 where neither arm has two completed trials, and None in verdicts of versions that did not count it."""

    @property
    def question(self) -> Question:
        """What the comparison asks."""
        return self.trial, self.baseline, self.baseline_trial, self.at

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Comparison":
        """Make a comparison from plain values."""
        claim = values.get("claim")
        tuples = {name: tuple(values[name]) for name in ("far", "baseline_far")}
        return cls(**{**values, **tuples, "claim": None if claim is None else Claim(**claim)})


@dataclass(frozen=True)
class Verdict:
    """All comparisons, those of the chosen contender first, and the facts they depend on."""

    selected_among: int
    """Number of trials from which the contenders were chosen."""
    seen: str
    """Digest of the sweep's trials when the verdict was made."""
    comparisons: tuple[Comparison, ...]
    out_of_reach: tuple[int, ...]
    """Trials that the screening left out: too far behind, or with a run that diverged or was lost."""
    look: int | None
    """Number of the look that judged the comparisons; None when nothing could be judged."""
    alpha: float
    """Share of the 5 % that this look could spend, as a probability in [0, 0.05)."""
    image: float = 0.0
    """Accuracy of one image of the test part: 1 / number of images; 0 for a loss."""
    earlier: tuple[str, ...] = ()
    """Sentences on claims of earlier looks whose trials are not compared any more."""
    notes: tuple[str, ...] = ()
    """Further sentences for the reader."""
    untuned: str = ""
    """At which learning rates untuned baselines trained: `untuned, at lr 0.05`; empty where they are tuned."""
    tuning: Tuning | None = None
    """The tuning of the arms; None where baselines are not tuned."""

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
        """Whether all comparisons of the chosen contender are decided: further seeds could establish nothing more."""
        return all(one.outcome in (BETTER, WORSE, DIVERGED) for one in self.own)

    def frame(self) -> pd.DataFrame:
        """One row per comparison."""
        rows = [{**asdict(one), "claim": one.claim.look if one.claim else None} for one in self.comparisons]
        frame = pd.DataFrame(rows).rename(columns={"claim": "claimed_at_look"})
        if self.tuning is None:
            frame = frame.drop(columns=[name for name in frame if name in OF_TUNED_ARMS])
        else:
            for prefix, arms in (("", [RTS] * len(rows)), ("baseline_", [one.baseline for one in self.comparisons])):
                tuned = [self.tuning[arm] for arm in arms]
                frame[f"{prefix}tuning_trials"] = [one.trials for one in tuned]
                frame[f"{prefix}tuning_gradient_evaluations"] = [one.gradient_evaluations for one in tuned]
        return frame.astype({"claimed_at_look": "Int64"})  # integers with missing values

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"winner": self.winner, "sentence": sentence(self), **_plain(asdict(self))}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Verdict":
        """Make a verdict from plain values."""
        own = {name: value for name, value in values.items() if name in cls.__dataclass_fields__}
        comparisons = tuple(Comparison.from_dict(one) for one in values["comparisons"])
        tuples = {name: tuple(values[name]) for name in ("out_of_reach", "earlier", "notes")}
        tuning = Tuning.from_dict(values["tuning"]) if "tuning" in values else None
        return cls(**{**own, **tuples, "comparisons": comparisons, "tuning": tuning})


def _plain(value: Any) -> Any:
    """Replace tuples by lists, as JSON does, and leave out what only verdicts of tuned arms have in all others."""
    if isinstance(value, dict):
        kept = (item for item in value.items() if item[1] is not None or item[0] not in OF_TUNED_ARMS)
        return {name: _plain(one) for name, one in kept}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
