"""The order in which a simulated sweep starts recorded runs: at random, or by the tpe sampler."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import Trial

from rts_search.analysis.simulation.curves import Curves
from rts_search.study.attributes import HELD
from rts_search.study.optuna_internals import storage_of, trial_id
from rts_search.study.samplers.optuna_samplers import tpe_sampler
from rts_search.study.samplers.shown_study import seen_study
from rts_search.study.samplers.stateless import StatelessSampler


class Draws(Protocol):
    """Gives the runs of a simulated sweep one after another, each once."""

    def next(self) -> int | None:
        """The run to start now; None when all runs have been started."""

    def told(self, run: int, epochs: int, ends: bool) -> None:
        """Report the epochs that a run has reached, and whether it stops or ends there."""


class RandomDraws:
    """The runs in a random order."""

    def __init__(self, curves: Curves, seed: int) -> None:
        """The order depends on the seed alone."""
        order = list(range(len(curves.runs)))
        random.Random(seed).shuffle(order)
        self._order: Iterator[int] = iter(order)

    def next(self) -> int | None:
        """The next one in the order."""
        return next(self._order, None)

    def told(self, run: int, epochs: int, ends: bool) -> None:
        """Does nothing: a random order does not depend on results."""


class TPEDraws:
    """The runs in the order in which tpe asks for them.

    For each point that the sampler draws, the nearest run starts that has not been started, by Gower's distance with
    missing settings as a value of their own. The sampler gets the settings of that run, not those that it drew.
    """

    def __init__(self, curves: Curves, seed: int) -> None:
        """The points depend on the seed and on the results."""
        self._pool = _Pool(curves.settings)
        self._values = curves.values / 100
        self._left = set(range(len(curves.runs)))
        self._trials: dict[int, Trial] = {}
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(
            direction="maximize", sampler=StatelessSampler(tpe_sampler, seed, partial(seen_study, ()))
        )

    def next(self) -> int | None:
        """The run that is nearest to the next point of tpe."""
        if not self._left:
            return None
        trial = self._study.ask(self._pool.space)
        run = self._pool.nearest(trial.params, sorted(self._left))
        self._left.remove(run)
        for name, distribution in self._pool.space.items():
            value = distribution.to_internal_repr(self._pool.points[run][name])
            storage_of(self._study).set_trial_param(trial_id(trial), name, value, distribution)
        self._trials[run] = trial
        return run

    def told(self, run: int, epochs: int, ends: bool) -> None:
        """Report the accuracy of a run to tpe."""
        trial, value = self._trials[run], float(self._values[run, epochs - 1])
        if epochs == self._values.shape[1]:
            self._study.tell(trial, value)
        else:
            trial.report(value, step=epochs - 1)
            trial.set_user_attr(HELD, epochs if ends else 0)


class _Pool:
    """The runs as points of one space in which every run has every setting."""

    def __init__(self, settings: pd.DataFrame) -> None:
        self.space: dict[str, BaseDistribution] = {}
        columns: dict[str, list[Any]] = {}
        for name in settings.columns:
            column = settings[name]
            if column.nunique(dropna=False) < 2:
                continue
            if pd.api.types.is_numeric_dtype(column) and column.nunique() > 1:
                columns[name] = column.fillna(column.median()).astype(float).tolist()
                self.space[name] = FloatDistribution(min(columns[name]), max(columns[name]))
            else:
                columns[name] = column.astype(object).where(column.notna(), "none").astype(str).tolist()
                self.space[name] = CategoricalDistribution(sorted(set(columns[name])))
        self.points = [{name: column[run] for name, column in columns.items()} for run in range(len(settings))]

    def nearest(self, wanted: dict[str, Any], among: list[int]) -> int:
        """The run in `among` that is nearest to the wanted settings; the first of several."""
        return min(among, key=lambda run: sum(self._apart(name, wanted[name], run) for name in self.space))

    def _apart(self, name: str, wanted: Any, run: int) -> float:
        has, distribution = self.points[run][name], self.space[name]
        if isinstance(distribution, FloatDistribution):
            return float(abs(has - wanted) / (distribution.high - distribution.low))
        return float(has != wanted)


SAMPLERS: dict[str, Callable[[Curves, int], Draws]] = {"random": RandomDraws, "tpe": TPEDraws}
"""Samplers that can be simulated, by name."""
