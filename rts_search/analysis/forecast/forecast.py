"""The forecast of a sweep, as values and as the lines that `rts-search plan` prints."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from rts_search.analysis.forecast.confirmation_cost import ConfirmationForecast
from rts_search.analysis.forecast.costs import Costs
from rts_search.basics.sizes import counted, shown_size, shown_time
from rts_search.sweep.sweep import SweepFile

ASSUMED_SWITCH = 0.5
"""An adaptive rule is assumed to start PUGD after this share of the epochs."""


@dataclass(frozen=True)
class Forecast:
    """The forecast of a sweep. Counts of gradient evaluations include the baselines."""

    sweep: str
    digest: str
    """Digest of the settings. A forecast is only compared with a sweep of the same settings."""
    trials: int
    """Number of trials, baselines included."""
    concurrent: int
    cpus_per_trial: float
    gpus_per_trial: float
    charged_to_the_end: int
    """Gradient evaluations of all trials, without early stops and without shared epochs."""
    spent_to_the_end: int
    """Gradient evaluations without early stops, where every shared epoch is trained once."""
    charged: int
    """Gradient evaluations with early stops, without shared epochs."""
    spent: int
    """Gradient evaluations with early stops and shared epochs: those that are computed."""
    spent_range: tuple[int, int]
    """10th and 90th percentile of `spent` over the plays. With an adaptive rule: for a switch after the last epoch and
    before the first."""
    seconds: float
    disk_bytes: int
    costs: Costs
    adaptive: bool
    """Whether a rule decides during the training when PUGD starts."""
    plays: int
    """How often the sweep was played through."""
    stored: int
    """Number of its epochs that the store has already."""
    confirmation: ConfirmationForecast | None = None
    """Not counted above. None without baselines, and in forecasts of earlier versions."""
    step: str = ""
    """How a step is computed (`training.step`); empty in forecasts of earlier versions."""

    @property
    def hours_of_cpus(self) -> float:
        """CPU hours that the sweep occupies."""
        return self.seconds * self.concurrent * self.cpus_per_trial / 3600

    @property
    def hours_of_gpus(self) -> float:
        """GPU hours that the sweep occupies."""
        return self.seconds * self.concurrent * self.gpus_per_trial / 3600

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "cpu_hours": self.hours_of_cpus, "gpu_hours": self.hours_of_gpus}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Forecast":
        """Make a forecast from plain values."""
        given = values.keys() - {"confirmation"}
        own = {field.name: values[field.name] for field in fields(cls) if field.name in given}
        confirmation = values.get("confirmation")
        return cls(
            **{**own, "spent_range": tuple(own["spent_range"]), "costs": Costs(**own["costs"])},
            confirmation=ConfirmationForecast.from_dict(confirmation) if confirmation else None,
        )

    def lines(self) -> list[str]:
        """The forecast as lines of text."""
        low, high = self.spent_range
        saved = 100 * (1 - self.spent / self.charged) if self.charged else 0.0
        memory = (
            f"{shown_size(self.costs.memory_bytes)}, mapped images included; {self.concurrent} "
            f"{'takes' if self.concurrent == 1 else 'take'} up to "
            f"{shown_size(self.concurrent * self.costs.memory_bytes)} of the {shown_size(self.costs.cluster_bytes)} "
            "that trials may use"
        )
        if self.costs.gpu_memory_bytes:
            memory += f"; {shown_size(self.costs.gpu_memory_bytes)} of a GPU"
        step = f", {self.step}" if self.step else ""
        recording = ""
        if self.costs.pugd_recording:
            recording = f", once recorded, which takes up to {shown_time(self.costs.pugd_recording)} an epoch"
        told = [
            f"{self.sweep}: {counted(self.trials, 'trial')}, {self.concurrent} at a time with "
            f"{counted(self.cpus_per_trial, 'CPU')} and {counted(self.gpus_per_trial, 'GPU')} each.",
            f"  gradient evaluations  {self.charged:,} charged, {self.spent:,} spent ({saved:.0f} % saved by shared "
            f"epochs; {low:,} to {high:,}); without early stops {self.charged_to_the_end:,} and "
            f"{self.spent_to_the_end:,}",
            f"  time                  {shown_time(self.seconds)}: {self.hours_of_cpus:.2f} CPU hours, "
            f"{self.hours_of_gpus:.2f} GPU hours",
            f"  one step              {1000 * self.costs.sgd_step:.1f} ms of SGD, {1000 * self.costs.pugd_step:.1f} ms "
            f"of PUGD{step}{recording}; validation {shown_time(self.costs.validation)}",
            f"  disk                  {shown_size(self.disk_bytes)}, {shown_size(self.costs.state_bytes)} a state",
            f"  a trial's process     {memory}",
        ]
        if self.stored:
            told.append(f"  {self.stored:,} of its epochs are in the store already.")
        if self.adaptive:
            told.append(f"  An adaptive rule is assumed to start PUGD after {ASSUMED_SWITCH:.0%} of the epochs.")
        return told + (self.confirmation.lines() if self.confirmation else [])


def settings_digest(sweep: SweepFile) -> str:
    """Digest of all settings that a forecast depends on; those of the machines are left out."""
    values = sweep.to_dict()
    values["resources"] = {"max_concurrent_trials": sweep.resources.max_concurrent_trials}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
