"""What a confirmation found, as a table and as sentences."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """One contender against one baseline on common seeds; accuracies are those on the test part, in [0, 1]."""

    trial: int
    """Number of the contender in the sweep."""
    settings: str
    """What the contender is, to be read."""
    baseline: str
    seeds: int
    gradient_evaluations: int
    """Of one run of the contender."""
    baseline_gradient_evaluations: int
    """Of one run of the baseline: as many, or up to an epoch more."""
    test_acc: float
    """Mean over the seeds."""
    test_acc_sd: float
    baseline_test_acc: float
    baseline_test_acc_sd: float
    difference: float
    """Mean of the paired differences."""
    low: float
    """Lower end of the 95 % interval of the mean difference by Student's t."""
    high: float
    bootstrap_low: float
    """Lower end of the 95 % interval by the bootstrap (BCa)."""
    bootstrap_high: float
    holm_p: float
    """p of "no better", corrected for all comparisons that were made."""
    outcome: str
    """better, worse or not established."""
    failed: int
    """Runs that diverged or failed and count with an accuracy of 0."""


@dataclass(frozen=True)
class Verdict:
    """All comparisons, the chosen contender's first, and who was out of reach."""

    selected_among: int
    """Trials from which the contenders were chosen."""
    comparisons: tuple[Comparison, ...]
    out_of_reach: tuple[int, ...]
    """Trials that got no more seeds after the screening."""

    @property
    def winner(self) -> int:
        """Number of the chosen contender in the sweep."""
        return self.comparisons[0].trial

    def frame(self) -> pd.DataFrame:
        """One row per comparison."""
        return pd.DataFrame([asdict(one) for one in self.comparisons])

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "winner": self.winner,
            "sentence": self.sentence(),
            "selected_among": self.selected_among,
            "out_of_reach": list(self.out_of_reach),
            "comparisons": [asdict(one) for one in self.comparisons],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Verdict":
        """The way back."""
        comparisons = tuple(Comparison(**one) for one in values["comparisons"])
        return cls(values["selected_among"], comparisons, tuple(values["out_of_reach"]))

    def sentence(self) -> str:
        """What is established of the chosen contender, in plain words."""
        own = [one for one in self.comparisons if one.trial == self.winner]
        parts = [_established(one) for one in own if one.outcome != "not established"]
        open_ones = [one.baseline for one in own if one.outcome == "not established"]
        if open_ones:
            parts.append(f"against {' and '.join(open_ones)} the difference is not established")
        return f"Trial {self.winner} ({own[0].settings}) {'; '.join(parts)}."

    def markdown(self, name: str) -> str:
        """To be read."""
        head = ["trial", "against", "seeds", "cost", "its cost", "test_acc", "its test_acc", "difference", "95 % (t)"]
        head += ["95 % (bootstrap)", "Holm p", ""]
        lines = [
            "| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *map(_cells, self.comparisons))
        ]
        reach = (
            f" Out of reach after the screening: {', '.join(map(str, self.out_of_reach))}." if self.out_of_reach else ""
        )
        failed = sum(one.failed for one in self.comparisons)
        note = f" {failed} runs diverged or failed and count as 0 %." if failed else ""
        return "\n".join(
            [
                f"# {name}: confirmed",
                "",
                self.sentence(),
                "",
                *lines,
                "",
                f"The contenders are the best of {self.selected_among} trials by one seed; these seeds are others, so "
                "that the luck of having been picked does not count here. Accuracies are those on the test part, mean "
                "and standard deviation over the seeds; differences are paired by seed, in points. Cost is gradient "
                'evaluations of one run. p is that of "no better", corrected for all comparisons: at most 5 % of '
                f"sweeps claim a win where there is none, and as many a loss.{reach}{note}",
                "",
            ]
        )


def _established(one: Comparison) -> str:
    verb, (near, far) = (
        ("beats", (one.low, one.high)) if one.outcome == "better" else ("is behind", (-one.high, -one.low))
    )
    return (
        f"{verb} {one.baseline} by {100 * abs(one.difference):.2f} points (95 % interval {100 * near:.2f} to "
        f"{100 * far:.2f}, {one.seeds} seeds, equal cost)"
    )


def _cells(one: Comparison) -> Sequence[str]:
    return (
        f"{one.trial}",
        one.baseline,
        f"{one.seeds}",
        f"{one.gradient_evaluations:,}",
        f"{one.baseline_gradient_evaluations:,}",
        f"{100 * one.test_acc:.2f} ± {100 * one.test_acc_sd:.2f} %",
        f"{100 * one.baseline_test_acc:.2f} ± {100 * one.baseline_test_acc_sd:.2f} %",
        f"{100 * one.difference:+.2f}",
        f"{100 * one.low:+.2f} to {100 * one.high:+.2f}",
        f"{100 * one.bootstrap_low:+.2f} to {100 * one.bootstrap_high:+.2f}",
        f"{one.holm_p:.3f}",
        one.outcome,
    )
