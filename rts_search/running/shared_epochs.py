"""Which epochs running trials are going to train, so that a trial that needs one of them waits."""

from collections.abc import Iterable
from dataclasses import dataclass

from rts_search.running.claims import Claims
from rts_search.study.trials import TrialEntry
from trainables.core.history.lineage import foreseen, start_key
from trainables.core.models.weights import MissingWeightsError
from trainables.core.settings.config import TimingConfig, TrainingConfig, TrialConfig

Beginning = tuple[TimingConfig, TrainingConfig, str]
"""The settings that decide in which epoch PUGD starts, the model's as text. Trials with equal settings start it in the
same epoch."""


def beginning_of(config: TrialConfig) -> Beginning:
    """The settings of a trial that decide in which epoch PUGD starts."""
    return config.timing.start_alone, config.training, repr(config.model)


@dataclass
class _Path:
    """The predicted addresses of a trial's epochs, and how many of the first ones are trained."""

    config: TrialConfig
    keys: list[str]
    trained: int = 0

    @property
    def beginning(self) -> Beginning:
        return beginning_of(self.config)


class SharedEpochs:
    """The epochs that several trials share, by their addresses.

    An address is a hash of all settings that matter up to its epoch, so it is known before the epoch is trained. If
    the data decide when PUGD starts, SGD is predicted for all epochs until a trial with the same rule starts PUGD.
    """

    def __init__(self, fingerprint: str, recorded: Iterable[TrialEntry], claims: Claims | None = None) -> None:
        """`recorded`: the trials so far, with their trained epochs; `claims`: the epochs that other sweeps train."""
        self._fingerprint, self._claims = fingerprint, claims
        self._starts: dict[tuple[TrainingConfig, str], str] = {}
        self._switches: dict[Beginning, int] = {}
        self._trained = {epoch.key for entry in recorded for epoch in entry.epochs}
        self._paths: dict[int, _Path] = {}
        self._running: dict[int, set[str]] = {}

    def claim(self, entry: TrialEntry) -> bool:
        """Claim the epochs that a trial is going to train. Called before the trial begins.

        Returns False when a running trial, of this sweep or another, is going to train the next epoch of this trial.
        """
        path = self._path(entry)
        while path.trained < len(path.keys) and path.keys[path.trained] in self._trained:
            path.trained += 1
        missing = path.keys[path.trained :]
        if entry.number not in self._running:
            if missing and any(missing[0] in keys for keys in self._running.values()):
                return False
            if missing and self._claims and not self._claims.take(entry.number, missing):
                return False
        self._running[entry.number] = set(path.keys)
        return True

    def trained(self, number: int, epoch: int, key: str) -> None:
        """Called after each epoch (0-based) of a running trial."""
        self._trained.add(key)
        path = self._paths[number]
        if path.keys[epoch] != key:
            self._switched(path, epoch, number)
        if self._claims:
            self._claims.hold(number, path.keys[epoch + 1 :])

    def _switched(self, path: _Path, epoch: int, number: int) -> None:
        """Record that PUGD starts in this epoch (0-based), and predict the trials with the same settings again."""
        self._switches[path.beginning] = epoch
        for other in self._paths.values():
            if other.beginning == path.beginning:
                other.keys = self._foreseen(other.config)
        self._running[number] = set(path.keys)

    def ended(self, number: int) -> None:
        """Called when a trial no longer runs, whether or not it has trained all its epochs."""
        self._running.pop(number, None)
        self._paths.pop(number, None)
        if self._claims:
            self._claims.release(number)

    def _path(self, entry: TrialEntry) -> _Path:
        if entry.number not in self._paths:
            config = entry.settings
            self._paths[entry.number] = _Path(config, self._foreseen(config))
        return self._paths[entry.number]

    def _foreseen(self, config: TrialConfig) -> list[str]:
        """All addresses of a trial. The switch epoch comes from its rule or from a trial with equal settings."""
        model = repr(config.model)
        start = config.training, model
        if start not in self._starts:  # the data are the same in all trials of a sweep
            self._starts[start] = self._start(config)
        shown = self._switches.get(beginning_of(config))
        switch_epoch = config.timing.switch_epoch if config.timing.rule == "epoch" else shown
        return [key for key, _ in foreseen(config, self._starts[start], switch_epoch)]

    def _start(self, config: TrialConfig) -> str:
        try:
            return start_key(config, self._fingerprint)
        except MissingWeightsError:
            return f"no weights for {config.training}"  # the trial will fail with this error, so it shares no epochs
