"""Tune one simulated method: real space, sampler and early stops, on made-up learning curves."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import optuna
from numpy.random import Generator
from optuna.trial import Trial

from rts_search.analysis.confirmation.statistics import Accuracies
from rts_search.analysis.confirmation.tuning_luck import tuning_luck
from rts_search.analysis.simulation.replay import Road, replay
from rts_search.study.attributes import HELD
from rts_search.study.samplers.optuna_samplers import random_sampler, tpe_sampler
from rts_search.study.samplers.shown_study import seen_study
from rts_search.study.samplers.stateless import StatelessSampler
from rts_search.study.successive_halving import Halving
from rts_search.sweep.sections import SchedulerConfig
from search_spaces.domains import Domain, LogUniform
from search_spaces.space import Space
from trainables.core.history.lineage import full_cost

SAMPLERS = {"random": random_sampler, "tpe": tpe_sampler}
TRIALS, EPOCHS, STEPS, WORKERS = 24, 12, 8, 4
"""Trials of an arm, epochs of a trial, steps of an epoch, trials at a time."""
UNIT = 0.003
"""Standard deviation of the difference of two runs on one seed: 0.3 percentage points."""
CORRELATION = 0.7
"""Correlation of the validation noise with the test noise of the same run."""


@dataclass(frozen=True)
class Method:
    """A method: the space over which it is tuned, and what its settings reach."""

    lr: tuple[float, float] = (0.01, 1.0)
    """Lowest and highest learning rate of the space."""
    best_lr: float = 0.1
    """The best learning rate. The best weight decay is 5e-4."""
    loss_per_decade: float = 0.05
    """Accuracy that is lost one decade beside the best learning rate; it grows with the square of the distance."""

    @property
    def space(self) -> Space:
        """The space over which the method is tuned."""
        training = {"lr": {"loguniform": list(self.lr)}, "weight_decay": {"loguniform": [1e-5, 1e-2]}}
        return Space.model_validate({"training": training})

    def mean(self, lr: float, weight_decay: float) -> float:
        """The mean test accuracy of these settings over all seeds."""
        far, decay = np.log10(lr / self.best_lr), np.log10(weight_decay / 5e-4)
        return float(0.9 - self.loss_per_decade * far**2 - 0.001 * decay**2)


@dataclass(frozen=True)
class Best:
    """The best trials of a tuned method."""

    means: list[float]
    """Mean test accuracy of each over all seeds, the trial that validated best first."""
    luck: float
    """Estimated standard deviation of the best one over repeated tunings."""


@dataclass
class Tuning:
    """The tuning of one method, as the `Draws` of a simulated sweep."""

    method: Method
    sampler: str
    seed: int
    chance: Generator
    means: list[float] = field(default_factory=list)
    """Mean test accuracy of each trial, which no trial shows."""
    values: list[Accuracies] = field(default_factory=list)
    """Validation accuracy of each trial after each epoch."""
    roads: list[Road] = field(default_factory=list)

    def __post_init__(self) -> None:
        sampler = StatelessSampler(SAMPLERS[self.sampler], self.seed, partial(seen_study, ()))
        self._study, self._trials = optuna.create_study(direction="maximize", sampler=sampler), list[Trial]()
        self._scheduler = SchedulerConfig()
        self._common = float(np.sqrt(0.5) * self.chance.standard_normal())

    def next(self) -> int | None:
        """Draw a trial; None when all are drawn."""
        if len(self._trials) == TRIALS:
            return None
        trial = self._study.ask()
        point = self.method.space.draw(partial(_drawn, trial))["training"]
        mean = self.method.mean(point["lr"], point["weight_decay"])
        self._trials.append(trial)
        self.means.append(mean)
        self.values.append(self._curve(mean))
        self.roads.append(self._road(self.values[-1]))
        return len(self._trials) - 1

    def told(self, run: int, epochs: int, ends: bool) -> None:
        """Tell the sampler what a trial has reached."""
        trial, value = self._trials[run], float(self.values[run][epochs - 1])
        if epochs == EPOCHS:
            self._study.tell(trial, value)
        else:
            trial.report(value, step=epochs - 1)
            trial.set_user_attr(HELD, epochs if ends else 0)

    def best(self, top_k: int) -> Best:
        """Run the sweep, and return its `top_k` best completed trials."""
        halving = Halving(self._scheduler, full_cost(EPOCHS, STEPS), EPOCHS)
        completed = replay(self.roads, halving, self, WORKERS).completed
        order = sorted(completed, key=lambda run: -self.values[run][-1])
        luck = tuning_luck([float(self.values[run][-1]) for run in order])
        return Best([self.means[run] for run in order[:top_k]], luck)

    def _curve(self, mean: float) -> Accuracies:
        final = mean + UNIT * (self._common + float(validation(self.chance, np.zeros(1))[0]))
        rise = 0.4 * np.exp(-np.arange(1, EPOCHS + 1) / 2.0)
        noise = UNIT * 0.5 * self.chance.standard_normal(EPOCHS)
        noise[-1] = 0.0  # `validation` has the noise of the last epoch
        return np.asarray(final - rise + noise)

    def _road(self, values: Accuracies) -> Road:
        costs = [2 * STEPS * (epoch + 1) for epoch in range(EPOCHS)]
        course = Halving(self._scheduler, full_cost(EPOCHS, STEPS), EPOCHS).course()
        heard = [(epoch + 1, course.hear(costs[epoch], float(values[epoch]))) for epoch in range(EPOCHS - 1)]
        return Road(tuple((epochs, arrival) for epochs, arrival in heard if arrival is not None), tuple(costs))


def validation(chance: Generator, own: Accuracies) -> Accuracies:
    """Validation noise of runs, in units, whose own test noise is `own`; 0 stands for a run that is not tested."""
    tested = own if own.any() else np.sqrt(0.5) * chance.standard_normal(own.shape)
    rest = np.sqrt(1 - CORRELATION**2) * np.sqrt(0.5) * chance.standard_normal(own.shape)
    return np.asarray(CORRELATION * tested + rest)


def _drawn(trial: Trial, name: str, domain: Domain) -> float:
    assert isinstance(domain, LogUniform)
    return trial.suggest_float(name, domain.low, domain.high, log=True)
