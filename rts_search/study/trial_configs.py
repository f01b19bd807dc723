"""Decides the config of the next trial: a baseline, or a point of an arm's space on a training seed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from optuna.trial import Trial

from rts_search.study.attributes import ARM, PLACE_IN_ARM
from rts_search.study.trials import TrialEntry
from rts_search.study.turns import next_arm
from rts_search.sweep.arms import arms_of, prefix_of
from rts_search.sweep.baselines import RTS, BaselineConfig
from rts_search.sweep.sweep import SweepFile, baseline_config
from search_spaces.domains import Choice, Domain, Integer, LogUniform, Uniform
from trainables.core.history.lineage import foreseen
from trainables.core.settings.config import TrialConfig


class TrialConfigs:
    """Decides the configs of the trials of one sweep."""

    def __init__(self, sweep: SweepFile, recorded: Callable[[], Sequence[TrialEntry]]) -> None:
        """`recorded` returns the trials that are already drawn. It is called once, when the first point is drawn."""
        self._sweep = sweep
        self._recorded = recorded
        self._arms = {arm.name: arm for arm in arms_of(sweep)}
        self._begun: Counter[str] | None = None
        self._first: dict[tuple[str, str], int] | None = None

    def beginning(self) -> dict[str, Any]:
        """The attributes that the next trial of all is begun with: its arm, where arms are tuned, and its place there.

        Called once for each trial that begins.
        """
        if not self._sweep.tuned:
            return {}
        if self._begun is None:
            self._begun = Counter(entry.arm for entry in self._recorded())
        arm = next_arm({name: arm.trials for name, arm in self._arms.items()}, self._begun)
        self._begun[arm] += 1
        return {ARM: arm, PLACE_IN_ARM: self._begun[arm] - 1}

    def baseline(self, number: int) -> BaselineConfig | None:
        """The baseline without tuning that the trial of this number is; None for a trial of an arm."""
        alone = () if self._sweep.tuned else self._sweep.baselines
        return alone[number] if number < len(alone) else None

    def label(self, number: int) -> str:
        """The name of the baseline without tuning that the trial of this number is; empty for a trial of an arm."""
        baseline = self.baseline(number)
        return baseline.name if baseline else ""

    def config(self, trial: Trial) -> tuple[TrialConfig, int | None]:
        """The config of a trial, and the number of the trial that it repeats on another seed, if any."""
        baseline = self.baseline(trial.number)
        if baseline:
            return baseline_config(self._sweep, baseline), None
        arm = self._arms[trial.user_attrs.get(ARM, RTS)]
        point = arm.space.draw(lambda name, domain: _suggest(trial, prefix_of(arm.name) + name, domain))
        config = arm.config(point)
        if self._sweep.search.repeats == "answer":
            return config, None
        return self._on_a_new_seed(arm.name, trial.number, config)

    def _on_a_new_seed(self, arm: str, number: int, config: TrialConfig) -> tuple[TrialConfig, int | None]:
        first = self._first_of_each()
        repeated = first.get((arm, effect_of(config)))
        while (effect := (arm, effect_of(config))) in first:
            config = replace(config, training=replace(config.training, seed=config.training.seed + 1))
        first[effect] = number
        return config, repeated

    def _first_of_each(self) -> dict[tuple[str, str], int]:
        """Of each arm and effect, the trial that has it; one that is being drawn has no config yet."""
        if self._first is None:
            self._first = {}
            for entry in self._recorded():
                if entry.config is not None and not entry.baseline:
                    self._first.setdefault((entry.arm, effect_of(entry.settings)), entry.number)
        return self._first


def effect_of(config: TrialConfig) -> str:
    """A text that is equal for two configs of a sweep if training them gives the same result.

    It is the address of the last epoch. All trials of a sweep share the data, so that the start needs no fingerprint.
    With an adaptive rule, the switch epoch is not known before the training. The text is then the address of PUGD from
    the first epoch on, together with the rule.
    """
    decided = config.timing.rule == "epoch"
    *_, (last, _) = foreseen(
        config, repr((config.training, config.model)), config.timing.switch_epoch if decided else 0
    )
    return last if decided else f"{last} {config.timing}"


def _suggest(trial: Trial, name: str, domain: Domain) -> Any:
    """Draw from a domain by Optuna, which records the value."""
    if isinstance(domain, Choice):
        return trial.suggest_categorical(name, list(domain.options))
    if isinstance(domain, Integer):
        return trial.suggest_int(name, domain.low, domain.high, step=domain.step)
    assert isinstance(domain, Uniform | LogUniform)
    return trial.suggest_float(name, domain.low, domain.high, log=isinstance(domain, LogUniform))
