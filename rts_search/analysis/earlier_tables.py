"""What earlier tables of a sweep have, for epochs whose records are lost: they may be the last copy."""

import io
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from rts_search.basics.results_folder import SweepPaths
from rts_search.study.trials import EpochEntry, TrialEntry
from trainables.core.history.record import EpochRecord
from trainables.core.regular_files import read_regular
from trainables.core.settings.metrics import METRICS

MOST_TABLE_BYTES = 2**35
COUNTS = ("epoch", "gradient_evaluations")
"""The fields of a record that are whole numbers."""


class EarlierTables:
    """The tables that are in the folder of a sweep. A table that is missing or cannot be read has no rows."""

    def __init__(self, paths: SweepPaths) -> None:
        self._paths = paths

    def records(self, wanted: Collection[EpochEntry]) -> dict[tuple[str, str], EpochRecord]:
        """Address -> record of those of the epochs that epochs.parquet has as the database has them.

        The gradient evaluations of such a record are those that the sweep charged.
        """
        frame, entries = self._epochs, {(epoch.key, epoch.provenance): epoch for epoch in wanted}
        if not {"key", "provenance", *COUNTS} <= set(frame.columns):
            return {}
        found = {}
        for row in frame[frame.key.isin({key for key, _ in entries})].to_dict("records"):
            address = row["key"], row["provenance"]
            record = _record(row)
            if address in entries and record is not None and _agree(record, entries[address]):
                found[address] = record
        return found

    def cells(self, entry: TrialEntry, names: Collection[str]) -> dict[str, Any]:
        """Cells of a trial in trials.parquet or trials.csv. None for each of them if the trial has changed since."""
        row = self._trials.get(entry.number, {})
        same = (row.get("epochs"), row.get("gradient_evaluations")) == (len(entry.epochs), entry.cost)
        return {name: _plain(row.get(name)) if same else None for name in names}

    @cached_property
    def _epochs(self) -> pd.DataFrame:
        return _read(self._paths.epochs_parquet, pd.read_parquet)

    @cached_property
    def _trials(self) -> dict[int, dict[Any, Any]]:
        frame = _read(self._paths.trials_parquet, pd.read_parquet)
        if frame.empty:
            frame = _read(self._paths.trials_csv, pd.read_csv)
        return {row["number"]: row for row in frame.to_dict("records")} if "number" in frame else {}


def _read(file: Path, read: Callable[[io.BytesIO], pd.DataFrame]) -> pd.DataFrame:
    try:
        return read(io.BytesIO(read_regular(file, MOST_TABLE_BYTES)))
    except Exception:  # pandas and pyarrow raise many kinds for a damaged file
        return pd.DataFrame()


def _record(row: Mapping[Any, Any]) -> EpochRecord | None:
    """The record of a row; None for a row with other columns, or with values of other kinds."""
    values = {field.name: _plain(row[field.name]) for field in fields(EpochRecord) if field.name in row}
    try:
        return EpochRecord(**{**values, **{name: int(values[name]) for name in COUNTS}})
    except (TypeError, ValueError):
        return None


def _agree(record: EpochRecord, entry: EpochEntry) -> bool:
    """Whether a record has the numbers that the database has of its epoch."""
    told = {name: getattr(entry, name) for name in (*COUNTS, *METRICS)}
    return all(value is None or getattr(record, name) == value for name, value in told.items())


def _plain(value: Any) -> Any:
    """A cell as the table was made from it: pandas writes None as NaN."""
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value
