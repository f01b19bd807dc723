"""Confirm simulated sweeps of two tuned methods, and print the rates of claims as JSON lines and a summary."""

import math
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import optuna
from numpy.random import Generator

from benchmarks.arms.tuning import UNIT, Method, Tuning, validation
from rts_search.analysis.confirmation.decisions import BETTER, WORSE, Sample, judge
from rts_search.analysis.confirmation.reach import order_of
from rts_search.analysis.confirmation.statistics import Accuracies
from rts_search.study.looks import Spending
from rts_search.study.samplers.stateless import seed_of

SWEEPS = 400
SEEDS, IMAGES = 8, 10_000
"""Seeds of the measurement, and images of the test part."""


@dataclass(frozen=True)
class Setting:
    """Two methods, how they are tuned, and how they are screened."""

    part: str
    rts: Method
    rival: Method
    sampler: str = "random"
    top_k: int = 3
    """Contenders of each method."""
    screening: int = 3
    """Seeds of the screening."""


SHARP, FLAT = Method(), Method(loss_per_decade=0.012)
"""A decade beside the best learning rate costs 5 points, as for PUGD on digits, or 1.2, as for SGD."""
TOO_SMALL = Method(lr=(0.01 / 30, 1.0 / 30))
"""The same method as SHARP, but its learning rates are searched at a 30th."""
SETTINGS = (
    Setting("equal methods", SHARP, SHARP),
    Setting("equal methods", SHARP, SHARP, "tpe"),
    Setting("equal methods, flat", FLAT, FLAT),
    Setting("equal methods, top_k 8 on 10 screening seeds", SHARP, SHARP, top_k=8, screening=10),
    Setting("rival's learning rates 30 times too small", SHARP, TOO_SMALL),
    Setting("rts's learning rates 30 times too small", TOO_SMALL, SHARP),
)


@dataclass(frozen=True)
class Found:
    """The end of one simulated sweep."""

    outcome: str
    gain: float
    """Mean test accuracy of the finalist of rts over all seeds, minus that of the rival's."""


def swept(setting: Setting, seed: int) -> Found:
    """Tune both methods, screen their best trials, measure their finalists and judge them."""
    chance = np.random.default_rng(seed)
    tuned = [
        Tuning(method, setting.sampler, seed_of(f"{seed}/{arm}"), chance).best(setting.top_k)
        for arm, method in (("rts", setting.rts), ("rival", setting.rival))
    ]
    finalists = [finalist(setting, one.means, chance) for one in tuned]
    common = np.sqrt(0.5) * chance.standard_normal(SEEDS)
    own, other = (tested(mean, common, chance) for mean in finalists)
    sample = Sample(own, other, luck=math.hypot(*(one.luck for one in tuned)))
    ((judged,),) = (tuple(one.values()) for one in judge([{"rival": sample}], Spending().unplanned(), 1 / IMAGES))
    return Found(judged.outcome, finalists[0] - finalists[1])


def finalist(setting: Setting, contenders: Sequence[float], chance: Generator) -> float:
    """Mean test accuracy of the contender that is best in the screening, on seeds of its own."""
    means = np.array(contenders)
    common = np.sqrt(0.5) * chance.standard_normal(setting.screening)
    own = np.sqrt(0.5) * chance.standard_normal((len(means), setting.screening))
    return float(means[order_of(means[:, None] + UNIT * (common + validation(chance, own)))[0]])


def tested(mean: float, common: Accuracies, chance: Generator) -> Accuracies:
    """Test accuracies of a finalist (seeds,), in whole images."""
    noise = common + np.sqrt(0.5) * chance.standard_normal(common.shape)
    return np.asarray(np.rint((mean + UNIT * noise) * IMAGES) / IMAGES)


def rates(found: list[Found]) -> dict[str, Any]:
    """The fractions of sweeps with each claim, and with a claim that is false for the settings of the finalists."""
    facts: dict[str, Any] = {}
    for name, outcome, sign in (("beats", BETTER, 1.0), ("is_behind", WORSE, -1.0)):
        share = float(np.mean([one.outcome == outcome for one in found]))
        facts[name] = round(share, 5)
        facts[f"{name}_sampling_error"] = round(float(np.sqrt(share * (1 - share) / len(found))), 5)
        facts[f"{name}_false_for_the_finalists"] = round(
            float(np.mean([one.outcome == outcome and sign * one.gain <= 0.0 for one in found])), 5
        )
    gains = np.array([one.gain for one in found])
    return {**facts, "gain_mean": round(float(gains.mean()), 6), "gain_sd": round(float(gains.std(ddof=1)), 6)}


def measure(setting: Setting, sweeps: int = SWEEPS) -> dict[str, Any]:
    """Simulate the sweeps of a setting."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    found = [swept(setting, seed) for seed in range(sweeps)]
    asked = {"sampler": setting.sampler, "top_k": setting.top_k, "screening_seeds": setting.screening, "seeds": SEEDS}
    return {"benchmark": "arms", "part": setting.part, **asked, "n": sweeps, **rates(found)}


def main() -> None:
    """Measure every setting, then print the summary."""
    from benchmarks.report import line, table  # imported here, since it loads torch, which nothing else here needs

    versions = {name: version(name) for name in ("numpy", "optuna", "scipy")} | {"python": platform.python_version()}
    rows = []
    for setting in SETTINGS:
        facts = measure(setting)
        line({**facts, **versions})
        names = ("beats", "is_behind", "beats_false_for_the_finalists", "is_behind_false_for_the_finalists")
        rows.append([f"{setting.part}, {setting.sampler}", *(f"{100 * facts[name]:.1f} %" for name in names)])
    table(["setting", "beats", "is behind", "beats, false for finalists", "behind, false for finalists"], rows)
    print(f"{SWEEPS} sweeps a setting, {time.process_time():.0f} seconds of one core")
