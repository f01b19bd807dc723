"""The arms of a sweep: methods that are tuned with the same effort, each over a space of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rts_search.sweep.baselines import RTS, BaselineConfig
from rts_search.sweep.sweep import SweepFile, trial_config
from search_spaces.domains import Fixed
from search_spaces.space import Space
from trainables.core.settings.config import TrialConfig


@dataclass(frozen=True)
class Arm:
    """One method with its space and its number of trials."""

    name: str
    """`rts` for the sweep's own space, else the name of the baseline."""
    baseline: BaselineConfig | None
    """The baseline that is tuned; None for rts."""
    sweep: SweepFile
    """The sweep as this arm sees it: with the arm's space, the length of its trials and its fixed settings."""
    trials: int
    """Number of its trials, >= 1."""

    @property
    def space(self) -> Space:
        """The space from which its trials are drawn."""
        return self.sweep.space

    @property
    def epochs(self) -> int:
        """Epochs of each of its trials. One that trains to its end costs at most as much as pugd over the sweep's
        `training.epochs`."""
        return self.sweep.training.epochs

    @property
    def tunes(self) -> bool:
        """Whether its space has a setting that is not fixed."""
        return any(not isinstance(domain, Fixed) for domain in self.space.searched().values())

    def config(self, point: Mapping[str, Any]) -> TrialConfig:
        """The config of its trial at a point of its space. Raises: ConfigError."""
        if self.baseline is None:
            return trial_config(self.sweep, point)
        return trial_config(self.sweep, point, self.baseline.perturbation())


def arms_of(sweep: SweepFile) -> tuple[Arm, ...]:
    """The arms of a sweep: rts, then its baselines as listed. A sweep whose baselines are not tuned has rts alone."""
    efforts = sweep.efforts
    searched = Arm(RTS, None, sweep, efforts[RTS])
    tuned = sweep.baselines if sweep.tuned else ()
    return searched, *(Arm(one.name, one, _as_seen_by(one, sweep), efforts[one.name]) for one in tuned)


def prefix_of(arm: str) -> str:
    """What precedes the names of the arm's parameters in the study, where one name has one kind of domain."""
    return "" if arm == RTS else f"{arm}/"


def _as_seen_by(baseline: BaselineConfig, sweep: SweepFile) -> SweepFile:
    training = baseline.fixed(sweep.training.stretched(baseline.epochs(sweep.training.epochs)))
    changes = {"space": baseline.tuned_over(sweep.space, training.epochs), "training": training, "baselines": ()}
    return sweep.model_copy(update=changes)
