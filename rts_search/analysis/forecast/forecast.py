"""What `rts-search plan` says, as values and in words."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from rts_search.analysis.forecast.confirmation_cost import ConfirmationForecast
from rts_search.analysis.forecast.costs import Costs
from rts_search.basics.sizes import shown_size, shown_time
from rts_search.sweep.sweep import SweepFile

ASSUMED_SWITCH = 0.5
"""Share of the epochs after which an adaptive rule is assumed to start PUGD."""


@dataclass(frozen=True)
class Forecast:
    """What `rts-search plan` says."""

    sweep: str
    digest: str
    """Of the settings: a sweep with others is not compared."""
    trials: int
    """Baselines included."""
    concurrent: int
    cpus_per_trial: float
    gpus_per_trial: float
    charged_to_the_end: int
    """Gradient evaluations of all trials, none stopped early, each as if alone."""
    spent_to_the_end: int
    """The same with every common epoch trained once."""
    charged: int
    """Gradient evaluations with early stops, each trial as if alone."""
    spent: int
    """Gradient evaluations with early stops and sharing: what is computed."""
    spent_range: tuple[int, int]
    """10th and 90th percentile of the plays; with an adaptive rule from a switch at the end to one at once."""
    seconds: float
    disk_bytes: int
    costs: Costs
    adaptive: bool
    plays: int
    stored: int
    """Epochs that the store has already."""
    confirmation: ConfirmationForecast | None = None
    """Beside all the above; none without baselines, and in forecasts of before."""
    step: str = ""
    """How a step is computed; empty in a forecast of before it was told."""

    @property
    def hours_of_cpus(self) -> float:
        """CPU hours that are occupied."""
        return self.seconds * self.concurrent * self.cpus_per_trial / 3600

    @property
    def hours_of_gpus(self) -> float:
        """GPU hours that are occupied."""
        return self.seconds * self.concurrent * self.gpus_per_trial / 3600

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "cpu_hours": self.hours_of_cpus, "gpu_hours": self.hours_of_gpus}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Forecast":
        """The way back."""
        given = values.keys() - {"confirmation"}
        own = {field.name: values[field.name] for field in fields(cls) if field.name in given}
        confirmation = values.get("confirmation")
        return cls(
            **{**own, "spent_range": tuple(own["spent_range"]), "costs": Costs(**own["costs"])},
            confirmation=ConfirmationForecast.from_dict(confirmation) if confirmation else None,
        )

    def lines(self) -> list[str]:
        """For people."""
        low, high = self.spent_range
        saved = 100 * (1 - self.spent / self.charged) if self.charged else 0.0
        memory = (
            f"{shown_size(self.costs.memory_bytes)}, mapped images included; {self.concurrent} take up to "
            f"{shown_size(self.concurrent * self.costs.memory_bytes)} of the {shown_size(self.costs.cluster_bytes)} "
            "that Ray gives to workers"
        )
        if self.costs.gpu_memory_bytes:
            memory += f"; {shown_size(self.costs.gpu_memory_bytes)} of a GPU"
        step = f", {self.step}" if self.step else ""
        recording = ""
        if self.costs.pugd_recording:
            recording = f", once recorded, which takes up to {shown_time(self.costs.pugd_recording)} an epoch"
        told = [
            f"{self.sweep}: {self.trials} trials, {self.concurrent} at a time with {self.cpus_per_trial:g} CPUs and "
            f"{self.gpus_per_trial:g} GPUs each.",
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
    """Of everything that the forecast depends on besides the machines."""
    values = sweep.to_dict()
    values["resources"] = {"max_concurrent_trials": sweep.resources.max_concurrent_trials}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
