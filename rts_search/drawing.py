"""The config of a trial to come: a baseline, or a point of the space on a seed on which it has not been tried."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from optuna.trial import Trial

from rts_search.baselines import BaselineConfig
from rts_search.sweep_file import SweepFile, baseline_config, trial_config
from rts_search.trial_entry import TrialEntry
from search_spaces.domains import Choice, Domain, Integer, LogUniform, Uniform
from trainables.core.config import TrainingConfig, TrialConfig
from trainables.core.lineage import foreseen, start_key


class Drawing:
    """How the trials of one sweep come to their configs."""

    def __init__(self, sweep: SweepFile, fingerprint: str, recorded: Callable[[], Sequence[TrialEntry]]) -> None:
        """`fingerprint` is the data's; `recorded` gives the trials that are drawn already, and is asked once."""
        self._sweep = sweep
        self._effects = Effects(fingerprint)
        self._recorded = recorded
        self._first: dict[str, int] | None = None

    def baseline(self, number: int) -> BaselineConfig | None:
        """Which baseline the trial of this number is, if any."""
        return self._sweep.baselines[number] if number < len(self._sweep.baselines) else None

    def config(self, trial: Trial) -> tuple[TrialConfig, int | None]:
        """The config of a trial, and the trial that it repeats on another seed."""
        baseline = self.baseline(trial.number)
        if baseline:
            return baseline_config(self._sweep, baseline), None
        point = self._sweep.space.draw(lambda name, domain: _suggest(trial, name, domain))
        config = trial_config(self._sweep, point)
        if self._sweep.search.repeats == "answer":
            return config, None
        return self._on_a_new_seed(trial.number, config)

    def _on_a_new_seed(self, number: int, config: TrialConfig) -> tuple[TrialConfig, int | None]:
        first = self._first_of_each(number)
        repeated = first.get(self._effects.of(config))
        while (effect := self._effects.of(config)) in first:
            config = replace(config, training=replace(config.training, seed=config.training.seed + 1))
        first[effect] = number
        return config, repeated

    def _first_of_each(self, but: int) -> dict[str, int]:
        """Of each effect, the trial that has it."""
        if self._first is None:
            self._first = {}
            for entry in self._recorded():
                if entry.config is not None and not entry.baseline and entry.number != but:
                    self._first.setdefault(self._effects.of(TrialConfig.from_dict(entry.config)), entry.number)
        return self._first


class Effects:
    """Names of what trials come to: equal for configs whose settings, written differently, have the same effect."""

    def __init__(self, fingerprint: str) -> None:
        """`fingerprint` is the data's, which is the same in all trials of a sweep, as their model is."""
        self._fingerprint = fingerprint
        self._starts: dict[TrainingConfig, str] = {}

    def of(self, config: TrialConfig) -> str:
        """The address of the last epoch.

        Where the data decides when PUGD starts, the address is not known before the training: what would be reached
        by PUGD from the first epoch on, together with the rule, stands for it.
        """
        if config.training not in self._starts:
            self._starts[config.training] = start_key(config, self._fingerprint)
        decided = config.timing.rule == "epoch"
        *_, (last, _) = foreseen(config, self._starts[config.training], config.timing.switch_epoch if decided else 0)
        return last if decided else f"{last} {sorted(asdict(config.timing).items())}"


def _suggest(trial: Trial, name: str, domain: Domain) -> Any:
    """Draw from a domain through Optuna, so that the study knows the draw."""
    if isinstance(domain, Choice):
        return trial.suggest_categorical(name, list(domain.options))
    if isinstance(domain, Integer):
        return trial.suggest_int(name, domain.low, domain.high, step=domain.step)
    assert isinstance(domain, Uniform | LogUniform)
    return trial.suggest_float(name, domain.low, domain.high, log=isinstance(domain, LogUniform))
