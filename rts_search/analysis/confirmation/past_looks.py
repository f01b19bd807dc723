"""Looks of other confirmations at the same test part, also of sweeps that were deleted since."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rts_search.basics.files import write_atomically
from rts_search.basics.sizes import counted
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.data_facts import DataFacts


@dataclass(frozen=True)
class PastLooks:
    """The looks of one confirmation: at which data, with which model, and how much of the 5 % they spent."""

    name: str
    """Name of the sweep, for messages."""
    data: DataFacts
    model: Mapping[str, Any]
    """The sweep's model as plain values."""
    num_looks: int
    spent: float
    """Share of the 5 % that its looks have used, and that is reserved for its planned ones."""

    @classmethod
    def of(cls, study: ConfirmationStudy) -> "PastLooks":
        """The looks of a confirmation."""
        return cls(study.name, study.data, model_of(study), len(study.looks), study.spent)

    @classmethod
    def elsewhere(cls, storage_url: str, name: str, deleted: Path) -> "list[PastLooks]":
        """The looks of all sweeps of a database except one, and of deleted sweeps, which a file records.

        Args:
            storage_url: the database.
            name: the sweep to leave out.
            deleted: the file.
        """
        return [*map(cls.of, ConfirmationStudy.beside(storage_url, name)), *_remembered(deleted)]

    def remember(self, deleted: Path) -> None:
        """Record the looks in a file when their sweep is deleted, since they have been taken all the same.

        Raises:
            UserError: the file cannot be written.
        """
        kept = [*_remembered(deleted), replace(self, name=f"{self.name}, which was deleted")]
        write_atomically(deleted, "".join(json.dumps(asdict(one)) + "\n" for one in kept))


def model_of(study: ConfirmationStudy) -> dict[str, Any]:
    """The model of a confirmed sweep as plain values."""
    return dict(study.confirmed.to_dict()["model"])


def same_test(one: DataFacts, other: DataFacts) -> bool:
    """Whether two sweeps have the same test part. Studies of earlier versions recorded only a fingerprint of all
    data."""
    if one.test_fingerprint is None or other.test_fingerprint is None:
        return one.fingerprint == other.fingerprint
    return one.test_fingerprint == other.test_fingerprint


def told_readers(readers: "list[PastLooks]", alike: "list[PastLooks]") -> tuple[str, ...]:
    """A sentence that names other confirmations on the same test part; those in `alike` have the same model."""
    if not readers:
        return ()
    others = [one for one in readers if one not in alike]
    parts = []
    if alike:
        parts.append(f"with the same model, so that their looks count here: {_named(alike)}")
    if others:
        parts.append(f"with other models, each with 5 % of its own: {_named(others)}")
    return (f"Other sweeps here whose confirmations have used this test part, {'; '.join(parts)}.",)


def _named(found: list[PastLooks]) -> str:
    return ", ".join(f"{one.name} ({counted(one.num_looks, 'look')})" for one in found)


def _remembered(deleted: Path) -> list[PastLooks]:
    if not deleted.exists():
        return []
    kept = [json.loads(line) for line in deleted.read_text(encoding="utf-8").splitlines()]
    return [PastLooks(**{**one, "data": DataFacts(**one["data"])}) for one in kept]
