"""Comparing a forecast with the real costs, once the sweep has ended."""

import json
from typing import Any

from rts_search.analysis.forecast.forecast import settings_digest
from rts_search.basics.errors import UserError
from rts_search.basics.files import read_text, write_atomically
from rts_search.basics.results_folder import SweepPaths
from rts_search.basics.sizes import shown_time
from rts_search.study.study import SweepStudy


def record_real_costs(study: SweepStudy, paths: SweepPaths, seconds: float | None) -> None:
    """Add the real costs to plan.json, if that has a forecast of the same settings. Called when a sweep has ended.

    Args:
        study: the sweep.
        paths: its files.
        seconds: time from the launch to the results; None when the sweep was interrupted.
    """
    planned = read_plan(paths)
    if planned is None or planned.get("digest") != settings_digest(study.sweep):
        return
    entries = [entry for entry in study.trials() if entry.epochs]
    charged = sum(entry.cost for entry in entries)
    real: dict[str, Any] = {"charged": charged, "spent": sum(entry.spent for entry in entries)}
    if seconds is not None:
        real["seconds"] = seconds
    write_atomically(paths.plan_json, json.dumps({**planned, "real": real}, indent=2) + "\n")


def read_plan(paths: SweepPaths) -> dict[str, Any] | None:
    """The content of plan.json: the forecast, and the real costs once the sweep has ended. None if it cannot be
    read."""
    try:
        found = json.loads(read_text(paths.plan_json))
    except (OSError, UserError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def told(paths: SweepPaths) -> str:
    """One sentence that compares real costs and forecast; empty when one of them is missing."""
    planned = read_plan(paths)
    real = planned.get("real") if planned else None
    if not planned or not real:
        return ""
    parts = [
        f"{real[name]:,} gradient evaluations {name} ({planned[name]:,} forecast, {_off(planned[name], real[name])})"
        for name in ("charged", "spent")
    ]
    if "seconds" in real:
        took, wanted = real["seconds"], planned["seconds"]
        parts.append(f"{shown_time(took)} ({shown_time(wanted)} forecast, {_off(wanted, took)})")
    return f"Against the forecast: {', '.join(parts)}."


def _off(forecast: float, real: float) -> str:
    """The error of the forecast in percent of the real value: `12 % too high`."""
    if not real:
        return "nothing happened"
    percent = round(100 * (forecast - real) / real)
    return "right" if percent == 0 else f"{abs(percent)} % too {'high' if percent > 0 else 'low'}"
