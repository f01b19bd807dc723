"""The trials from which advice is taken: their settings, and how each one ended compared with the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.analysis.simulation.curves import Curves
from rts_search.study.ranking import repeated
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.overrides import flatten
from search_spaces.domains import Fixed

SWITCH = "timing.switch_epoch"
SHARE = "timing.switch_epoch / training.epochs"
"""The switch epoch as a share of training, so that sweeps of different lengths can be taken together."""


@dataclass(frozen=True)
class Evidence:
    """Trials of one or several sweeps, or recorded runs."""

    settings: pd.DataFrame
    """One row per trial, one column per setting that differs between trials; missing where a trial does not use it."""
    scores: NDArray[np.float64]
    """How a trial ended among those of its own sweep: the normal score of its rank, so that 0 is the middle one."""
    blocks: NDArray[np.int64]
    """The sweep of each trial, from 0 on. Trials are compared within their sweep only."""
    counts: Mapping[str, int]
    """How many trials there are: completed, stopped early, diverged."""
    sweeps: tuple[str, ...]
    """Names of the sweeps."""


def of_sweeps(views: Sequence[SweepView]) -> Evidence:
    """The ended trials of the searches, without baselines and repeats, and without trials that were lost."""
    rows, scores, blocks = [], [], []
    counts = {"completed": 0, "stopped early": 0, "diverged": 0}
    for block, view in enumerate(views):
        trials = _ended(view)
        for entry in trials:
            counts[_kind(entry)] += 1
        rows += [_row(entry, view) for entry in trials]
        scores.append(normal_scores([_place(entry, view) for entry in trials]))
        blocks += [block] * len(trials)
    frame = pd.DataFrame(rows)
    differing = [name for name in frame.columns if frame[name].nunique(dropna=False) > 1]
    of_all = np.concatenate(scores) if scores else np.empty(0)
    names = tuple(view.name for view in views)
    return Evidence(frame[differing], of_all, np.array(blocks, np.int64), counts, names)


def of_curves(sets: Sequence[Curves], rule: str) -> Evidence:
    """Recorded complete runs. rule: the epoch that counts, `last` or `best`.

    A recorded run without a schedule or a switch rule has the name `none` in its place.
    """
    frame = pd.concat([curves.settings for curves in sets], ignore_index=True)
    named = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    frame = frame.astype(dict.fromkeys(named, object)).fillna(dict.fromkeys(named, "none"))
    differing = [name for name in frame.columns if frame[name].nunique(dropna=False) > 1]
    scores = [normal_scores([(float(value),) for value in curves.final(rule)]) for curves in sets]
    blocks = np.repeat(np.arange(len(sets)), [len(own) for own in scores])
    counts = {"completed": len(blocks), "stopped early": 0, "diverged": 0}
    return Evidence(frame[differing], np.concatenate(scores), blocks, counts, tuple(curves.name for curves in sets))


def normal_scores(places: Sequence[tuple[float, ...]]) -> NDArray[np.float64]:
    """The normal score of each place among all, the larger the better; equal places have the mean of their ranks.

    The score is the standard normal quantile of (rank - 3/8) / (n + 1/4) (Blom 1958).
    """
    order = sorted(set(places))
    number = {place: rank for rank, place in enumerate(order)}
    ranks = stats.rankdata([number[place] for place in places])
    found: NDArray[np.float64] = stats.norm.ppf((ranks - 0.375) / (len(places) + 0.25))
    return found


def _ended(view: SweepView) -> list[TrialEntry]:
    own = [entry for entry in view.entries if entry.arm == RTS and entry.config is not None]
    again = repeated(own)
    return [entry for entry in own if entry.number not in again and _kind(entry)]


def _kind(entry: TrialEntry) -> str:
    """How a trial ended, as a key of Evidence.counts; empty for one that still runs or was lost."""
    if entry.completed:
        return "completed"
    if entry.state == "FAIL":
        return "diverged" if entry.reason.startswith("diverged") else ""
    return "stopped early" if entry.epochs and (entry.state == "PRUNED" or entry.held) else ""


def _place(entry: TrialEntry, view: SweepView) -> tuple[float, ...]:
    """Where a trial stands: completed ones by their value; before them those that were stopped, the later the better;
    before these those that diverged."""
    if _kind(entry) == "diverged":
        return (0.0,)
    if not entry.completed:
        return (1.0, float(entry.cost), entry.gain(view.objective))
    return (2.0, entry.gain(view.objective))


def _row(entry: TrialEntry, view: SweepView) -> dict[str, Any]:
    drawn = [name for name, domain in view.sweep.space.searched().items() if not isinstance(domain, Fixed)]
    values = flatten(entry.config or {})
    row = {name: values.get(name) for name in drawn}
    if SWITCH in row:
        epoch = row.pop(SWITCH)
        row[SHARE] = None if epoch is None else epoch / entry.settings.training.epochs
    return row
