"""Reading recorded curves: from the tables of a sweep, or from recordings in the published layout."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rts_search.analysis.simulation.curves import Curves
from rts_search.basics.errors import UserError
from rts_search.sweep.baselines import RTS
from trainables.core.settings.metrics import DEFAULT_METRIC, Metric

OWN = ("number", "epoch", "gradient_evaluations")
"""Columns of a sweep's epochs.parquet that are needed, besides that of the metric."""
KINDS = ("radius_kind", "scale_kind", "trigger")
RECORDED = ("source_file", "model", "method", *KINDS, "epochs", "valid_acc")
"""Columns of recordings in the published layout, with one run per row."""
SETTINGS = (*KINDS, "radius_max", "radius_min", "scale_max", "scale_min", "trigger_params")
LEAST_RUNS = 2
"""A simulation needs at least this many runs."""


def read_curves(
    file: Path, model: str | None = None, epochs: int | None = None, metric: Metric = DEFAULT_METRIC
) -> Curves:
    """Read the runs of a file.

    Args:
        file: epochs.parquet of a sweep, or recordings.
        model: name of the model whose runs are read, for recordings with several.
        epochs: number of epochs of the runs that are read, where there are several lengths.
        metric: the objective's. Recordings in the published layout have accuracies only.

    Raises:
        UserError: no such file, other columns, several sets of runs without a choice, fewer than two runs, or runs
            with missing epochs.
    """
    frame = _read(file)
    if set(OWN) <= set(frame.columns):
        if model is not None:
            raise UserError(f"--model: must be left out for a sweep's own epochs, but got {model!r}")
        found = _own(file, frame, epochs, metric)
    else:
        missing = [name for name in RECORDED if name not in frame.columns]
        if missing:
            raise UserError(
                f"{file}: must have the columns {', '.join((*OWN, metric.name))} of a sweep's epochs.parquet, or those "
                f"of recorded curves, but {', '.join(missing)} is missing"
            )
        if metric != DEFAULT_METRIC:
            raise UserError(f"{file}: has recorded accuracies only: choose objective.metric {DEFAULT_METRIC.name}")
        found = _recorded(file, frame, model, epochs)
    return _checked(file, found)


def read_sets(file: Path, metric: Metric = DEFAULT_METRIC) -> list[Curves]:
    """Read all sets of runs of a file: those of each model and length that have two runs or more.

    Raises:
        UserError: as `read_curves`.
    """
    frame = _read(file)
    if set(OWN) <= set(frame.columns) or not set(RECORDED) <= set(frame.columns):
        return [read_curves(file, metric=metric)]
    sets = _sets(frame[frame["method"] != "sgd"])
    return [read_curves(file, model, epochs, metric) for model, epochs, runs in sets if runs >= LEAST_RUNS]


def _read(file: Path) -> pd.DataFrame:
    if not file.is_file():
        raise UserError(f"{file}: must be a parquet file of curves, but there is no such file")
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise UserError(f"{file}: must be a parquet file of curves, but it cannot be read as one") from error


@dataclass(frozen=True)
class _Run:
    name: str
    kind: str
    settings: dict[str, Any]
    costs: list[int]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class _Set:
    name: str
    epochs: int
    full_cost: int
    runs: list[_Run]


def _own(file: Path, frame: pd.DataFrame, epochs: int | None, metric: Metric) -> _Set:
    """The completed trials of a sweep without its baselines. Trials that were stopped early have no final accuracy."""
    settings = _settings_beside(file)
    if metric.name not in frame.columns or frame[metric.name].isna().all():
        raise UserError(f"{file}: must have the objective's metric, but has no {metric.name}: choose another metric")
    runs = []
    for number, rows in frame.sort_values(["number", "epoch"]).groupby("number"):
        trial = int(str(number))
        if settings is not None and trial not in settings:
            continue
        gaps = np.flatnonzero(rows["epoch"].to_numpy() != np.arange(len(rows)))
        if len(gaps):
            raise UserError(f"{file}: trial {trial}: must have every epoch, but epoch {gaps[0]} is missing")
        drawn = settings[trial] if settings is not None else {}
        kind = "/".join(str(drawn.get(name, "")) for name in ("radius.shape", "scale.shape", "timing.rule"))
        costs = [int(cost) for cost in rows["gradient_evaluations"]]
        runs.append(_Run(f"trial {trial}", kind, drawn, costs, _gains(metric, rows[metric.name])))
    length = epochs or max((len(run.values) for run in runs), default=0)
    dearest = max((int(np.diff(run.costs, prepend=0).max()) for run in runs), default=0)
    return _Set(file.parent.name or file.stem, length, dearest * length, runs)


def _gains(metric: Metric, values: "pd.Series[Any]") -> NDArray[np.float64]:
    """Larger is better: percent, or the negative of a loss."""
    gains: NDArray[np.float64] = metric.gain(metric.scale) * values.to_numpy(dtype=np.float64)
    return gains


def _settings_beside(file: Path) -> dict[int, dict[str, Any]] | None:
    """Settings of the completed trials by number, from trials.parquet in the same folder; None without that file."""
    beside = file.with_name("trials.parquet")
    if not beside.exists():
        return None
    trials = _read(beside)
    done = trials[(trials["state"] == "COMPLETE") & trials["baseline"].fillna("").eq("")]
    if "arm" in done.columns:  # only where baselines are tuned; they have a space of their own
        done = done[done["arm"].eq(RTS)]
    drawn = [name for name in done.columns if name.startswith(("radius.", "scale.", "timing."))]
    return {int(row["number"]): {str(name): row[name] for name in drawn} for _, row in done.iterrows()}


def _recorded(file: Path, frame: pd.DataFrame, model: str | None, epochs: int | None) -> _Set:
    chosen = frame = frame[frame["method"] != "sgd"]
    if model is not None:
        chosen = chosen[chosen["model"] == model]
    if epochs is not None:
        chosen = chosen[chosen["epochs"] == epochs]
    sets = _sets(chosen)
    if len(sets) != 1:
        known = ", ".join(f"{name} {length} ({runs} runs)" for name, length, runs in _sets(frame) if runs >= LEAST_RUNS)
        raise UserError(f"{file}: --model and --epochs must name one set of runs; there are {known}")
    name, length, _ = sets[0]
    runs = []
    for row in chosen.to_dict("records"):
        values = 100 * np.asarray(row["valid_acc"], dtype=np.float64)
        switch = _switch(row, len(values))
        gradients = np.where(np.arange(len(values)) < switch, 1, 2)
        kind = "/".join(str(row[column]) for column in KINDS)
        drawn = {column: row[column] for column in SETTINGS if column in row}
        runs.append(_Run(Path(str(row["source_file"])).stem, kind, drawn, np.cumsum(gradients).tolist(), values))
    return _Set(f"{name}, {length} epochs", length, 2 * length, runs)


def _sets(frame: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Model, number of epochs and number of runs of each set."""
    counts = frame.groupby(["model", "epochs"], as_index=False).size()
    return [(str(row["model"]), int(row["epochs"]), int(row["size"])) for row in counts.to_dict("records")]


def _switch(row: dict[Any, Any], epochs: int) -> int:
    """The first epoch of PUGD. The record has the epoch at whose end the rule fired, or -1."""
    fired = row.get("enable_pugd_epoch")
    if row["method"] != "pugd_timing" or fired is None or np.isnan(fired):
        return 0
    return int(fired) + 1 if fired >= 0 else epochs


def _checked(file: Path, found: _Set) -> Curves:
    for run in found.runs:
        broken = np.flatnonzero(~np.isfinite(run.values))
        if len(broken):
            raise UserError(f"{file}: {run.name}: must have a value in every epoch, but epoch {broken[0]} has none")
        if len(run.values) != found.epochs:
            raise UserError(f"{file}: {run.name}: must have {found.epochs} epochs, but got {len(run.values)}")
    if len(found.runs) < LEAST_RUNS:
        raise UserError(
            f"{file}: must hold {LEAST_RUNS} or more completed runs of equal length, but got {len(found.runs)}"
        )
    return Curves(
        found.name,
        tuple(run.name for run in found.runs),
        tuple(run.kind for run in found.runs),
        pd.DataFrame([run.settings for run in found.runs]),
        np.stack([np.asarray(run.costs, dtype=np.int64) for run in found.runs]),
        np.stack([run.values for run in found.runs]),
        found.full_cost,
    )
