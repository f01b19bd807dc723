"""Advice from the trials of one or several sweeps, as a page, as plain values and as a narrower sweep."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from rts_search.analysis.advice.effects import LEVEL, Effect, find_effects
from rts_search.analysis.advice.evidence import SHARE, Evidence
from rts_search.analysis.advice.features import features_of
from rts_search.analysis.advice.marginals import COVERAGE, Marginal, marginals
from rts_search.analysis.formats import markdown_table

LEAST_TRIALS = 8
"""Fewer trials say nothing about any setting: no two classes of LEAST trials each."""
POWER = 0.8


@dataclass(frozen=True)
class Advice:
    """What the trials say about the settings."""

    evidence: Evidence

    @cached_property
    def effects(self) -> list[Effect]:
        """Every setting that differs between trials, the claimed ones first."""
        return find_effects(features_of(self.evidence.settings), self.evidence.scores, self.evidence.blocks)

    @cached_property
    def marginals(self) -> list[Marginal]:
        """The claimed settings, in the order of their claims."""
        claimed = [effect.feature for effect in self.effects if effect.claimed]
        return marginals(claimed, self.evidence.scores, self.evidence.blocks)

    @property
    def visible(self) -> float:
        """The least effect that is found four times in five: the percentile of the better half of a setting's values.

        For a setting whose values are of two kinds with half of the trials each, at the level that the number of
        settings leaves to each.
        """
        settings = max(1, len(self.effects))
        needed = stats.norm.ppf(1.0 - LEVEL / settings / 2.0) + stats.norm.ppf(POWER)
        return 100.0 * float(stats.norm.cdf(needed / np.sqrt(len(self.evidence.scores))))

    def summary(self) -> list[str]:
        """The advice in plain sentences, one for each setting that matters."""
        lines = [self._sentence(marginal) for marginal in self.marginals]
        if not lines:
            lines = ["These trials do not show that any setting matters. This does not show that none does."]
        others = [f"{shown(effect.feature.name)} (p = {effect.p:.2g})" for effect in self.effects if not effect.claimed]
        return [*lines, *([f"No effect is established of {', '.join(others)}."] if others else [])]

    def basis(self) -> list[str]:
        """What the advice rests on, and how it is to be read."""
        evidence, counts, trials = self.evidence, self.evidence.counts, len(self.evidence.scores)
        ended = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        sweeps = f"{len(evidence.sweeps)} sweeps" if len(evidence.sweeps) > 1 else evidence.sweeps[0]
        return [
            f"{trials} trials of {sweeps}: {ended}. Each is compared with the others of its own sweep: a completed "
            "trial by its value; below these those that were stopped early, the longer the better; below these those "
            "that diverged. Each trial has one seed.",
            f"Settings are tested together by permutation: where none matters, at most {100 * LEVEL:.0f} % of such "
            "pages claim anything. Effects are what remains beside the other settings that matter. `better than` is "
            "the share of trials than which such a trial ends better on average, with the interval of "
            f"{100 * COVERAGE:.0f} %. A value is ruled out when it is worse than the best one, and good when it is "
            "better than the average trial.",
            f"With {trials} trials and {len(self.effects)} settings, an effect is found four times in five if the "
            f"better half of a setting's values ends better than {self.visible:.0f} % of all trials and the worse half "
            f"than {100 - self.visible:.0f} %. Smaller effects may exist.",
        ]

    def rows(self) -> list[list[str]]:
        """The table: setting, values, trials, better than, interval, judgement."""
        return [row for marginal in self.marginals for row in _rows(marginal)]

    def markdown(self) -> str:
        """The page in Markdown."""
        parts = ["# Advice", "", *(f"- {line}" for line in self.summary()), ""]
        if rows := self.rows():
            parts += [*markdown_table(HEAD, rows), ""]
        return "\n".join([*parts, *(f"{line}\n" for line in self.basis())])

    def frame(self) -> pd.DataFrame:
        """The table, with one row for each value of a setting that matters."""
        return pd.DataFrame(self.rows(), columns=list(KEYS))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "sweeps": list(self.evidence.sweeps),
            "trials": len(self.evidence.scores),
            **{kind.replace(" ", "_"): count for kind, count in self.evidence.counts.items()},
            "visible_percentile": self.visible,
            "summary": self.summary(),
            "settings": [
                {"setting": effect.feature.name, "p": effect.p, "claimed": effect.claimed} for effect in self.effects
            ],
            "values": [dict(zip(KEYS, row, strict=True)) for row in self.rows()],
        }

    def _sentence(self, marginal: Marginal) -> str:
        p = next(effect.p for effect in self.effects if effect.feature is marginal.feature)
        best = int(np.nanargmax(marginal.mean))
        parts = [f"{shown(marginal.feature.name)} matters (p = {p:.2g}); best {_told(marginal, best)}"]
        for name, wanted in (("also good", marginal.good), ("ruled out", marginal.ruled_out)):
            others = [_told(marginal, int(place)) for place in np.flatnonzero(wanted) if place != best]
            parts += [f"{name} {', '.join(others)}"] if others else []
        return "; ".join(parts) + "."


HEAD = ["setting", "values", "trials", "better than", "interval", ""]
KEYS = ("setting", "values", "trials", "better_than", "interval", "judgement")


def shown(name: str) -> str:
    """The name of a setting in a sentence."""
    return "the switch epoch (as a share of training)" if name == SHARE else name.removeprefix("training.")


def _told(marginal: Marginal, place: int) -> str:
    return f"{marginal.feature.classes[place]} (better than {marginal.percentile(marginal.mean[place]):.0f} %)"


def _rows(marginal: Marginal) -> list[list[str]]:
    feature, percentile = marginal.feature, marginal.percentile
    return [
        [
            shown(feature.name),
            name,
            str(int((feature.member == place).sum())),
            f"{percentile(marginal.mean[place]):.0f} %",
            f"{percentile(marginal.low[place]):.0f} to {percentile(marginal.high[place]):.0f} %",
            "ruled out" if marginal.ruled_out[place] else "good" if marginal.good[place] else "",
        ]
        for place, name in enumerate(feature.classes)
    ]
