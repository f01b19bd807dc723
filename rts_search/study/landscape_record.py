"""The record of a landscape: landscape.json, to which every measurement is added when it is done."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from rts_search.basics.errors import UserError
from rts_search.basics.files import read_text, write_atomically

FORMAT = 1


@dataclass
class MeasuredRun:
    """The weights of one training, and what has been measured around them."""

    method: str
    """`rts` for the best trial, or the name of a rival."""
    label: str
    """The trial in words, such as `trial 6`."""
    seed: int
    """Its training seed."""
    epochs: int
    """Epochs after which the weights are taken."""
    key: str
    """Address of the state, with `provenance`."""
    provenance: str
    first: bool = True
    """Whether it is the first run of its method, around which the surface in two dimensions is measured."""
    measured: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name of a measurement -> its result, with `gradient_evaluations` and `seconds`."""

    @property
    def identity(self) -> tuple[str, int, str, str]:
        """The same for the same method, seed and weights."""
        return self.method, self.seed, self.key, self.provenance

    @property
    def name(self) -> str:
        """Its name in messages."""
        return f"{self.method} ({self.label}, seed {self.seed})"


@dataclass
class Landscape:
    """What has been measured so far, all with the same settings."""

    settings: dict[str, Any]
    runs: list[MeasuredRun]
    """The runs of the last command, in the order of the table."""
    others: list[MeasuredRun]
    """Runs that earlier commands with these settings have measured."""

    @property
    def gradient_evaluations(self) -> int:
        """What all measurements of `runs` have cost."""
        return sum(one["gradient_evaluations"] for run in self.runs for one in run.measured.values())

    @property
    def seconds(self) -> float:
        """How long they took, each on its own."""
        return float(sum(one["seconds"] for run in self.runs for one in run.measured.values()))


def read_landscape(file: Path) -> Landscape | None:
    """The landscape in a file, for figures; None also where it cannot be read, since all else can be shown."""
    try:
        return LandscapeRecord(file).read()
    except UserError:
        return None


class LandscapeRecord:
    """The file. Several processes may add to it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self) -> Landscape | None:
        """The landscape; None where there is none. Raises: UserError: it cannot be read."""
        try:
            content = json.loads(read_text(self.file))
            found = [[MeasuredRun(**run) for run in content[name]] for name in ("runs", "others")]
            if content["format"] != FORMAT:
                raise UserError(f"{self.file}: was written by another version; remove it, and measure again")
            return Landscape(dict(content["settings"]), *found)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UserError(f"{self.file}: must be a landscape, but cannot be read; remove it") from error

    def begin(self, settings: Mapping[str, Any], runs: Sequence[MeasuredRun]) -> list[str]:
        """Set what is measured next, and give `runs` what was measured with the same settings at the same weights.

        Returns what the user must know.

        Raises: UserError.
        """
        with self._alone():
            others, notes = self.take(settings, runs)
            self._write(Landscape(dict(settings), list(runs), others))
            return notes

    def take(self, settings: Mapping[str, Any], runs: Sequence[MeasuredRun]) -> tuple[list[MeasuredRun], list[str]]:
        """The same without a change of the file. Returns what was measured at other weights, too."""
        before, notes = self.read(), []
        known = [] if before is None else [*before.runs, *before.others]
        if before is not None and before.settings != dict(settings):
            was = before.settings
            names = sorted(name for name in {*was, *settings} if was.get(name) != settings.get(name))
            told = ", ".join(f"{name} {settings.get(name)}, was {was.get(name)}" for name in names)
            notes.append(f"{self.file}: has other settings ({told}); everything is measured anew")
            known = []
        by_identity = {run.identity: run for run in known}
        here, wanted = {(run.method, run.seed) for run in runs}, {run.identity for run in runs}
        for old in known:
            if (old.method, old.seed) in here and old.identity not in wanted:
                notes.append(f"{self.file}: {old.name} has other weights now and is measured anew")
                del by_identity[old.identity]
        for run in runs:
            found = by_identity.pop(run.identity, None)
            run.measured = {} if found is None else found.measured
        return list(by_identity.values()), notes

    def add(self, settings: Mapping[str, Any], run: MeasuredRun, name: str, result: Mapping[str, Any]) -> None:
        """Write down a measurement. Raises: UserError: another command has begun with other settings since."""
        with self._alone():
            landscape = self.read()
            own = [] if landscape is None else [one for one in landscape.runs if one.identity == run.identity]
            if landscape is None or landscape.settings != dict(settings) or not own:
                raise UserError(f"{self.file}: another command has begun to measure; run this one again after it")
            own[0].measured[name] = dict(result)
            self._write(landscape)

    def _alone(self) -> AbstractContextManager[Any]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(self.file.with_name(f".{self.file.name}.lock"))

    def _write(self, landscape: Landscape) -> None:
        content = {"format": FORMAT, **asdict(landscape)}
        write_atomically(self.file, json.dumps(content, allow_nan=False) + "\n")
