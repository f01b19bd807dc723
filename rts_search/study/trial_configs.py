"""Decides the config of the next trial: a baseline, or a point of the space on a training seed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from optuna.trial import Trial

from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import SweepFile, baseline_config, trial_config
from search_spaces.domains import Choice, Domain, Integer, LogUniform, Uniform
from trainables.core.history.lineage import foreseen
from trainables.core.settings.config import TrialConfig


class TrialConfigs:
    """Decides the configs of the trials of one sweep."""

    def __init__(self, sweep: SweepFile, recorded: Callable[[], Sequence[TrialEntry]]) -> None:
        """`recorded` returns the trials that are already drawn. It is called once, when the first point is drawn."""
        self._sweep = sweep
        self._recorded = recorded
        self._first: dict[str, int] | None = None

    def baseline(self, number: int) -> BaselineConfig | None:
        """The baseline that the trial of this number is; None for a trial of the search."""
        return self._sweep.baselines[number] if number < len(self._sweep.baselines) else None

    def label(self, number: int) -> str:
        """The name of the baseline that the trial of this number is; empty for a trial of the search."""
        baseline = self.baseline(number)
        return baseline.name if baseline else ""

    def config(self, trial: Trial) -> tuple[TrialConfig, int | None]:
        """The config of a trial, and the number of the trial that it repeats on another seed, if any."""
        baseline = self.baseline(trial.number)
        if baseline:
            return baseline_config(self._sweep, baseline), None
        point = self._sweep.space.draw(lambda name, domain: _suggest(trial, name, domain))
        config = trial_config(self._sweep, point)
        if self._sweep.search.repeats == "answer":
            return config, None
        return self._on_a_new_seed(trial.number, config)

    def _on_a_new_seed(self, number: int, config: TrialConfig) -> tuple[TrialConfig, int | None]:
        first = self._first_of_each()
        repeated = first.get(effect_of(config))
        while (effect := effect_of(config)) in first:
            config = replace(config, training=replace(config.training, seed=config.training.seed + 1))
        first[effect] = number
        return config, repeated

    def _first_of_each(self) -> dict[str, int]:
        """Of each effect, the trial that has it; one that is being drawn has no config yet."""
        if self._first is None:
            self._first = {}
            for entry in self._recorded():
                if entry.config is not None and not entry.baseline:
                    self._first.setdefault(effect_of(entry.settings), entry.number)
        return self._first


def effect_of(config: TrialConfig) -> str:
    """A text that is equal for two configs of a sweep if training them gives the same result.

    It is the address of the last epoch. All trials of a sweep share data and model, so a fixed start replaces both.
    With an adaptive rule, the switch epoch is not known before the training. The text is then the address of PUGD from
    the first epoch on, together with the rule.
    """
    decided = config.timing.rule == "epoch"
    *_, (last, _) = foreseen(config, repr(config.training), config.timing.switch_epoch if decided else 0)
    return last if decided else f"{last} {config.timing}"


def _suggest(trial: Trial, name: str, domain: Domain) -> Any:
    """Draw from a domain by Optuna, which records the value."""
    if isinstance(domain, Choice):
        return trial.suggest_categorical(name, list(domain.options))
    if isinstance(domain, Integer):
        return trial.suggest_int(name, domain.low, domain.high, step=domain.step)
    assert isinstance(domain, Uniform | LogUniform)
    return trial.suggest_float(name, domain.low, domain.high, log=isinstance(domain, LogUniform))
