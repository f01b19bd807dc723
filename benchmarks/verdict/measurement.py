"""Run all settings, and print the rates of true and false claims as JSON lines and a summary."""

import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.verdict.before import claims_before
from benchmarks.verdict.course import Claim, alphas, claims
from benchmarks.verdict.settings import BEFORE, PLANNED, RULES, Setting, settings
from benchmarks.verdict.sweeps import Sweep, draw, least_p
from rts_search.analysis.confirmation.decisions import BETTER, WORSE

SWEEPS = 4_000
Facts = dict[str, Any]


def played(
    sweeps: list[Sweep], looks: Sequence[int], rule: str, one_later: bool = False, skip: bool = True
) -> list[list[Claim]]:
    """Return the claims of every sweep under one rule. skip: whether to skip looks that cannot claim anything."""
    least = np.stack([least_p(sweeps, seeds, rule == BEFORE) for seeds in looks], axis=1)
    known = list(least) if skip else [None] * len(sweeps)
    if rule == BEFORE:
        return [claims_before(sweep, looks, one_later, p) for sweep, p in zip(sweeps, known, strict=True)]
    spending = alphas(looks, rule == PLANNED)
    return [claims(sweep, looks, spending, one_later, p) for sweep, p in zip(sweeps, known, strict=True)]


def rates(made: list[list[Claim]], looks: Sequence[int]) -> Facts:
    """Return the fractions of sweeps with a claim of each kind, after all looks and (`_by_look`) after each."""
    facts: Facts = {}
    for outcome, name in ((BETTER, "beats"), (WORSE, "is_behind")):
        false = [[claim for claim in some if claim.false and claim.outcome == outcome] for some in made]
        facts[f"false_{name}"] = share = _share(false)
        facts[f"false_{name}_sampling_error"] = round(float(np.sqrt(share * (1 - share) / len(made))), 5)
        facts[f"false_{name}_by_look"] = _by_look(false, looks)
        for flagged in (True, False):
            told = [[claim for claim in some if claim.flagged == flagged] for some in false]
            facts[f"false_{name}_{'' if flagged else 'un'}flagged"] = _share(told)
    true = [[claim for claim in some if not claim.false and claim.outcome == BETTER] for some in made]
    facts["true_beats_by_look"] = _by_look(true, looks)
    return facts


def measure(setting: Setting, number: int, num_sweeps: int = SWEEPS) -> list[Facts]:
    """Apply all looks and rules of a setting to the same sweeps. number: seed of the random numbers."""
    sweeps = draw(setting.world, num_sweeps, setting.baselines, setting.top_k, np.random.default_rng(number))
    size = {"baselines": setting.baselines, "top_k": setting.top_k}
    found = []
    for looks in setting.looks:
        for rule in setting.rules:
            head = {"benchmark": "verdict", "part": setting.part, **size, "looks": list(looks), "rule": rule}
            made = played(sweeps, looks, rule, setting.one_later)
            found.append({**head, "n": num_sweeps, **rates(made, looks)})
    return found


def summary(found: list[Facts]) -> list[list[str]]:
    """Return a row per part, in percent: the largest false rates and the smallest true rates of its sizes and looks."""
    rows = []
    for part in dict.fromkeys(facts["part"] for facts in found):
        row = [part]
        by_rule = [[facts for facts in found if facts["part"] == part and facts["rule"] == rule] for rule in RULES]
        for name in ("beats", "is_behind"):
            row += [_percent(max(facts[f"false_{name}"] for facts in some)) for some in by_rule]
            row.append(_percent(max(facts[f"false_{name}_unflagged"] for facts in by_rule[1])))
        row += [_percent(min(facts["true_beats_by_look"][0] for facts in some)) for some in by_rule]
        rows.append(row)
    return rows


def main() -> None:
    """Measure every setting, then print the summary."""
    from benchmarks.report import line, table  # imported here, since it loads torch, which nothing else here needs

    versions = {name: version(name) for name in ("numpy", "scipy")} | {"python": platform.python_version()}
    found = []
    for number, setting in enumerate(settings()):
        for facts in measure(setting, number):
            line({**facts, **versions})
            found.append(facts)
    header = [f"{name}, {rule}" for name in ("beats", "behind") for rule in (*RULES, "unplanned, unflagged")]
    table(["part", *header, *(f"found, {rule}" for rule in RULES)], summary(found))
    print(f"{SWEEPS} sweeps a setting, {time.process_time():.0f} seconds of one core")


def _share(of_sweeps: list[list[Claim]]) -> float:
    return round(float(np.mean([bool(some) for some in of_sweeps])), 5)


def _by_look(of_sweeps: list[list[Claim]], looks: Sequence[int]) -> list[float]:
    """Return, for each look, the fraction of sweeps with a claim at this look or an earlier one."""
    until = [[[claim for claim in some if claim.look <= look] for some in of_sweeps] for look in range(len(looks))]
    return [_share(so_far) for so_far in until]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
