"""Files of made-up curves in the two layouts that are read."""

from pathlib import Path

import numpy as np
import pandas as pd

EPOCHS = 40


def recorded(folder: Path, runs: int = 24, noise: float = 0.0) -> Path:
    """Runs in the published layout, whose ranks are known from the start but for noise; run 0 is the best."""
    draw = np.random.default_rng(0)
    rows = []
    for run in range(runs):
        curve = 0.9 - 0.01 * run + 0.05 * np.arange(EPOCHS) / EPOCHS + noise * draw.normal(size=EPOCHS)
        kind = ("cos", "icos", "sin", "isin")[run % 4]
        settings = {"radius_kind": kind, "radius_max": run / 10, "scale_kind": None, "trigger": None}
        facts = {"source_file": f"run{run}.pt", "model": "net", "method": "pugd_radius", "epochs": EPOCHS}
        rows.append({**facts, **settings, "enable_pugd_epoch": None, "valid_acc": curve.tolist()})
    file = folder / "recorded.parquet"
    pd.DataFrame(rows).to_parquet(file)
    return file


def of_a_sweep(folder: Path, missing: int | None = None) -> Path:
    """Three completed trials, one stopped and a baseline, in the tables of a sweep; trial 1 may lack one epoch."""
    ends = {
        0: ("COMPLETE", "sgd"),
        1: ("COMPLETE", None),
        2: ("COMPLETE", None),
        3: ("PRUNED", None),
        4: ("COMPLETE", None),
    }
    epochs = [
        {"number": number, "epoch": epoch, "val_acc": number / 10, "gradient_evaluations": 14 * (epoch + 1)}
        for number, (state, _) in ends.items()
        for epoch in range(3 if state == "PRUNED" else 12)
        if not (number == 1 and epoch == missing)
    ]
    trials = [
        {
            "number": number,
            "state": state,
            "baseline": baseline,
            "radius.shape": "cosine",
            "radius.beta_max": number / 2,
        }
        for number, (state, baseline) in ends.items()
    ]
    pd.DataFrame(epochs).to_parquet(folder / "epochs.parquet")
    pd.DataFrame(trials).to_parquet(folder / "trials.parquet")
    return folder / "epochs.parquet"
