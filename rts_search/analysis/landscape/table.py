"""The table of a landscape: one row for each run, and mean and standard deviation of each method."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from rts_search.analysis.formats import markdown_table
from rts_search.study.landscape_record import Landscape, MeasuredRun

DIRECTIONS = ("sam", "pugd")
NOT_FINITE, NOT_MEASURED = "not finite", "not measured"
NUMBERS = ("loss", "largest_eigenvalue", "trace")


def row(run: MeasuredRun) -> dict[str, Any]:
    """The numbers of a run as plain values, as in landscape.csv; None for what is not measured or not finite.

    `sam_0.05` and `pugd_0.05` are the rises of the loss in a step of radius 0.05.
    """
    curve, rises, eigenvalue, trace = (
        run.measured.get(name, {}) for name in ("curve", "sharpness", "eigenvalue", "trace")
    )
    losses = curve.get("loss", ())
    return {
        "method": run.method,
        "run": run.label,
        "seed": run.seed,
        "epochs": run.epochs,
        "loss": losses[len(losses) // 2] if losses else None,
        **{
            f"{direction}_{radius:g}": risen
            for direction in DIRECTIONS
            for radius, risen in zip(rises.get("radii", ()), rises.get(direction, ()), strict=True)
        },
        "largest_eigenvalue": eigenvalue.get("value"),
        "iterations": eigenvalue.get("iterations"),
        "residual": eigenvalue.get("residual"),
        "converged": eigenvalue.get("converged"),
        "trace": trace.get("value"),
        "trace_standard_error": trace.get("standard_error"),
        "vectors": trace.get("vectors"),
        "gradient_evaluations": sum(one["gradient_evaluations"] for one in run.measured.values()),
        "seconds": round(sum(one["seconds"] for one in run.measured.values()), 3),
        "key": run.key,
        "provenance": run.provenance,
    }


def frame(landscape: Landscape) -> pd.DataFrame:
    """One row for each run."""
    return pd.DataFrame([row(run) for run in landscape.runs])


def means(landscape: Landscape) -> list[dict[str, Any]]:
    """Mean and standard deviation over the seeds of each method that has several: `{"method", "n", "loss": (m, s)}`.

    None in the place of a pair where a number of one seed is missing or not finite.
    """
    found = []
    for method in dict.fromkeys(run.method for run in landscape.runs):
        rows = [row(run) for run in landscape.runs if run.method == method]
        if len(rows) > 1:
            names = [name for name in rows[0] if name in NUMBERS or name.startswith(tuple(f"{d}_" for d in DIRECTIONS))]
            found.append({"method": method, "n": len(rows), **{name: _spread(rows, name) for name in names}})
    return found


def to_dict(landscape: Landscape) -> dict[str, Any]:
    """Plain values: settings, rows, means, cost and seconds."""
    return {
        "settings": landscape.settings,
        "runs": [row(run) for run in landscape.runs],
        "means": means(landscape),
        "gradient_evaluations": landscape.gradient_evaluations,
        "seconds": round(landscape.seconds, 3),
    }


def head(landscape: Landscape) -> list[str]:
    """The names of the columns."""
    radii = [f"{radius:g}" for radius in landscape.settings["radii"]]
    rises = [f"rise at {radius}: {' / '.join(DIRECTIONS)}" for radius in radii]
    return ["method", "seed", "loss", *rises, "largest eigenvalue (products)", "trace ± standard error"]


def cells(landscape: Landscape) -> list[list[str]]:
    """The cells of the table: the runs of each method, then its mean and standard deviation."""
    of, found = {one["method"]: one for one in means(landscape)}, []
    for method in dict.fromkeys(run.method for run in landscape.runs):
        runs = [run for run in landscape.runs if run.method == method]
        found += [_cells(run, landscape.settings["radii"]) for run in runs]
        if method in of:
            found.append(_mean_cells(of[method], landscape.settings["radii"]))
    return found


def explained(landscape: Landscape) -> str:
    """What the table shows, and on what."""
    one = landscape.settings
    kept = "kept as training left them" if one["statistics"] == "kept" else "recomputed on these images at all weights"
    unsure = [f"{run.method} on seed {run.seed}" for run in landscape.runs if not _sure(run)]
    limit = f" The power iteration did not converge for {', '.join(unsure)}." if unsure else ""
    sentences = (
        f"Cross-entropy of {one['images']:,} {one['part']} images in evaluation mode, without augmentation, in "
        f"{one['precision']}; BatchNorm's statistics are {kept}; random vectors of seed {one['seed']}.",
        "rise: of the loss in one step of this length along the gradient g (sam) or |w| g (pugd).",
        f"largest eigenvalue: of the Hessian, by power iteration up to a residual of {one['tolerance']:g} of it, with "
        "the number of products.",
        f"trace: of the Hessian, over {one['vectors']} random vectors.{limit}",
        f"All of it cost {landscape.gradient_evaluations:,} gradient evaluations and took {landscape.seconds:,.1f} s.",
    )
    return " ".join(sentences)


def markdown(landscape: Landscape) -> str:
    """The table and what it shows, in Markdown."""
    return "\n".join([*markdown_table(head(landscape), cells(landscape)), "", explained(landscape)])


def _sure(run: MeasuredRun) -> bool:
    return bool(run.measured.get("eigenvalue", {"converged": True})["converged"])


def _cells(run: MeasuredRun, radii: Sequence[float]) -> list[str]:
    numbers, done = row(run), run.measured
    error = numbers["trace_standard_error"]
    products = f" ({numbers['iterations']}{'' if _sure(run) else ', not converged'})" if "eigenvalue" in done else ""
    return [
        f"{run.method} ({run.label})",
        str(run.seed),
        _shown(numbers["loss"], "curve" in done),
        *(
            " / ".join(_shown(numbers.get(f"{way}_{radius:g}"), "sharpness" in done) for way in DIRECTIONS)
            for radius in radii
        ),
        f"{_shown(numbers['largest_eigenvalue'], 'eigenvalue' in done)}{products}",
        f"{_shown(numbers['trace'], 'trace' in done)}{'' if error is None else f' ± {error:.2g}'}",
    ]


def _mean_cells(mean: Mapping[str, Any], radii: Sequence[float]) -> list[str]:
    return [
        f"{mean['method']}, mean ± sd",
        f"n = {mean['n']}",
        _pair(mean["loss"]),
        *(" / ".join(_pair(mean.get(f"{way}_{radius:g}")) for way in DIRECTIONS) for radius in radii),
        _pair(mean["largest_eigenvalue"]),
        _pair(mean["trace"]),
    ]


def _shown(value: float | None, measured: bool) -> str:
    if not measured:
        return NOT_MEASURED
    return NOT_FINITE if value is None else f"{value:.3g}"


def _pair(pair: tuple[float, float] | None) -> str:
    return NOT_FINITE if pair is None else f"{pair[0]:.3g} ± {pair[1]:.2g}"


def _spread(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[float, float] | None:
    values = [one.get(name) for one in rows]
    told = [float(value) for value in values if value is not None and math.isfinite(value)]
    return (statistics.mean(told), statistics.stdev(told)) if len(told) == len(values) else None
