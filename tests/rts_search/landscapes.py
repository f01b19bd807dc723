"""Landscapes that are written as if they had been measured."""

from typing import Any

from rts_search.study.landscape_record import Landscape, MeasuredRun

SETTINGS: dict[str, Any] = {
    "seed": 0,
    "steps": 3,
    "reach": 1.0,
    "radii": [0.05, 1.0],
    "vectors": 4,
    "tolerance": 0.01,
    "most_iterations": 100,
    "part": "train",
    "images": 128,
    "precision": "float32",
    "statistics": "kept",
    "data": "abc",
}
COST = {"gradient_evaluations": 10, "seconds": 0.5}


def run(method: str, seed: int, loss: float = 0.25, first: bool = True, key: str = "k") -> MeasuredRun:
    """A run of which everything is measured; the plane only for the first of a method."""
    at = [-1.0, 0.0, 1.0]
    measured: dict[str, dict[str, Any]] = {
        "curve": {"at": at, "loss": [4.0 * loss, loss, None], **COST},
        "sharpness": {"radii": [0.05, 1.0], "sam": [loss / 10, loss], "pugd": [loss / 20, None], **COST},
        "eigenvalue": {"value": 8.0 * loss, "iterations": 12, "residual": 0.01, "converged": True, **COST},
        "trace": {"value": 40.0 * loss, "standard_error": 0.5, "vectors": 4, **COST},
    }
    if first:
        measured["plane"] = {"at": at, "loss": [[loss * (1 + abs(a) + abs(b)) for a in at] for b in at], **COST}
    return MeasuredRun(method, f"trial {seed}", seed, 4, key, "here", first, measured)


def landscape() -> Landscape:
    """Of rts on two seeds, and of sgd on one."""
    return Landscape(dict(SETTINGS), [run("rts", 1), run("rts", 2, 0.35, first=False), run("sgd", 1, 0.5)], [])
