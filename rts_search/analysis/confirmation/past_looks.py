"""The looks of other confirmations at a test part, those of sweeps that have been deleted among them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rts_search.basics.files import write_atomically
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.study import DataFacts


@dataclass(frozen=True)
class PastLooks:
    """What one confirmation has looked at, and what it has spent."""

    name: str
    """The sweep, to be read."""
    data: DataFacts
    model: Mapping[str, Any]
    """The sweep's model as plain values."""
    num_looks: int
    spent: float
    """What its looks were given, and what is promised to those that it has planned."""

    @classmethod
    def of(cls, study: ConfirmationStudy) -> "PastLooks":
        """Those of a confirmation that is kept."""
        return cls(study.name, study.data, model_of(study), len(study.looks), study.spent)

    @classmethod
    def elsewhere(cls, storage_url: str, name: str, deleted: Path) -> "list[PastLooks]":
        """Those of all sweeps but one in a database, and of those that were deleted, which a file remembers."""
        return [*map(cls.of, ConfirmationStudy.beside(storage_url, name)), *_remembered(deleted)]

    def remember(self, deleted: Path) -> None:
        """Keep them, though the sweep goes: whoever deletes a sweep has looked all the same. Raises: UserError."""
        kept = [*_remembered(deleted), replace(self, name=f"{self.name}, which was deleted")]
        write_atomically(deleted, "".join(json.dumps(asdict(one)) + "\n" for one in kept))


def model_of(study: ConfirmationStudy) -> dict[str, Any]:
    """The model of a confirmed sweep as plain values."""
    return dict(study.confirmed.to_dict()["model"])


def same_test(one: DataFacts, other: DataFacts) -> bool:
    """Whether two sweeps have the same test part; studies of earlier versions are known by all their data alone."""
    if one.test_fingerprint is None or other.test_fingerprint is None:
        return one.fingerprint == other.fingerprint
    return one.test_fingerprint == other.test_fingerprint


def told_readers(readers: "list[PastLooks]", alike: "list[PastLooks]") -> tuple[str, ...]:
    """Which other confirmations have read the same test part, in words; `alike` have the same model."""
    if not readers:
        return ()
    others = [one for one in readers if one not in alike]
    parts = []
    if alike:
        parts.append(f"with the same model, so that their looks count here: {_named(alike)}")
    if others:
        parts.append(f"with other models, each with 5 % of its own: {_named(others)}")
    return (f"Other sweeps here whose confirmations have read this test part, {'; '.join(parts)}.",)


def _named(found: list[PastLooks]) -> str:
    return ", ".join(f"{one.name} ({one.num_looks} look{'s' * (one.num_looks > 1)})" for one in found)


def _remembered(deleted: Path) -> list[PastLooks]:
    if not deleted.exists():
        return []
    kept = [json.loads(line) for line in deleted.read_text(encoding="utf-8").splitlines()]
    return [PastLooks(**{**one, "data": DataFacts(**one["data"])}) for one in kept]
