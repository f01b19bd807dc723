"""Making one row of the verdict, from the runs of a comparison and the decision on it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rts_search.analysis.confirmation.decisions import BETTER, WORSE, Judged
from rts_search.analysis.confirmation.pairs import Pair, Run, accuracies
from rts_search.analysis.confirmation.statistics import Accuracies, bootstrap, far_from_others, interval
from rts_search.analysis.confirmation.tuning import Tuning
from rts_search.analysis.confirmation.verdict import Claim, Comparison
from rts_search.analysis.confirmation.wording import cost_words
from rts_search.analysis.confirmation.wording_of_arms import efforts, relation


def comparison(
    pair: Pair, judged: Judged, look: int, image: float, claim: Claim | None, tuning: Tuning | None = None
) -> Comparison:
    """Make the row of one comparison.

    Args:
        pair: the runs of contender and baseline.
        judged: the decision of this look.
        look: number of this look.
        image: accuracy of one image of the test part, 1 / number of images; 0 for a loss.
        claim: what an earlier look has established, if anything.
        tuning: the tuning of the arms, where baselines are tuned.
    """
    own, others = accuracies(pair.own), accuracies(pair.others)
    both = ~np.isnan(own) & ~np.isnan(others)
    differences = pair.metric.gain(1.0) * (own[both] - others[both])
    whole = bool(both.all()) and len(differences) > 1
    low, high = interval(differences, judged.level, image, pair.luck) if whole else (None, None)
    resampled = bootstrap(differences, judged.level, pair.luck) if whole else (None, None)
    difference = float(differences.mean()) if len(differences) else None
    costs = [(run.gradient_evaluations, other.gradient_evaluations) for run, other in _both(pair)]
    row = Comparison(
        trial=pair.contender.number,
        settings=pair.contender.settings,
        baseline=pair.baseline,
        seeds=len(pair.own),
        gradient_evaluations=_mean([own_cost for own_cost, _ in costs]),
        baseline_gradient_evaluations=_mean([other_cost for _, other_cost in costs]),
        same_cost=bool(costs) and all(own_cost == other_cost for own_cost, other_cost in costs),
        test_acc=_mean(own[~np.isnan(own)]),
        test_acc_sd=_sd(own),
        baseline_test_acc=_mean(others[~np.isnan(others)]),
        baseline_test_acc_sd=_sd(others),
        difference=difference,
        low=low,
        high=high,
        level=judged.level,
        bootstrap_low=resampled[0],
        bootstrap_high=resampled[1],
        holm_p=judged.p_better,
        outcome=judged.outcome,
        diverged=sum(run.diverged for run in pair.own),
        baseline_diverged=sum(run.diverged for run in pair.others),
        far=tuple(pair.own[place].seed for place in far_from_others(own, image)),
        baseline_far=tuple(pair.others[place].seed for place in far_from_others(others, image)),
        one_seed=judged.one_seed,
        waits=judged.waits,
        missing=missing_runs([(pair.method_of(run), run) for run in pair.missing]),
        claim=claim,
        metric=pair.metric.name,
        baseline_trial=None if pair.rival is None else pair.rival.number,
        baseline_settings=None if pair.rival is None else pair.rival.settings,
        baseline_epochs=None if pair.rival is None else _mean([run.config.training.epochs for run in pair.others]),
        at=pair.at,
        tuning_luck=None if pair.rival is None else pair.luck,
    )
    if claim is not None or judged.outcome not in (BETTER, WORSE):
        return row
    p = judged.p_better if judged.outcome == BETTER else judged.p_worse
    shown = difference if whole else None
    numbers = (row.seeds, shown, low, high, judged.level, p)
    cost = cost_words(row) if tuning is None else efforts(row, tuning)
    related = None if tuning is None else relation(row)
    return replace(row, claim=Claim(look, *numbers, cost, row.baseline_diverged, related))


def missing_runs(pairs: Sequence[tuple[str, Run]]) -> str:
    """Runs without a result, by method and with the reason: `sgd on seeds 7, 8 (lost: its worker died 6 times)`."""
    seeds: dict[tuple[str, str], list[int]] = {}
    for method, run in pairs:
        seeds.setdefault((method, _why(run)), []).append(run.seed)
    return "; ".join(
        f"{method} on seed{'s' * (len(found) > 1)} {', '.join(map(str, dict.fromkeys(found)))} ({why})"
        for (method, why), found in seeds.items()
    )


def _why(run: Run) -> str:
    if run.lost and run.entry is not None:
        return run.entry.reason
    return "could not be tested" if run.complete else "its cost is not known, since the trial's run was lost"


def digest(contenders: Sequence[int], pairs: Sequence[Mapping[str, Pair]]) -> str:
    """Digest of everything that a look judges: contenders, seeds, and the result of every run."""
    content: list[Any] = [list(contenders)]
    for against in pairs:
        for name, pair in against.items():
            runs = [[run.seed, run.test_acc, run.diverged] for run in (*pair.own, *pair.others)]
            of_arm = [] if pair.rival is None else [pair.rival.number, pair.at]
            content.append([pair.contender.number, name, *of_arm, runs])
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _both(pair: Pair) -> list[tuple[Run, Run]]:
    pairs = zip(pair.own, pair.others, strict=True)
    return [(own, other) for own, other in pairs if own.complete and other.complete]


def _mean(values: Sequence[Any] | Accuracies) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _sd(values: Accuracies) -> float | None:
    told = values[~np.isnan(values)]
    return float(told.std(ddof=1)) if len(told) > 1 else None
