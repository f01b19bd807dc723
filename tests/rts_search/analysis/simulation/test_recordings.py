"""Recorded curves are read unchanged, and refused in one line when something is missing."""

from pathlib import Path

import pandas as pd
import pytest

from rts_search.analysis.simulation.recordings import read_curves
from rts_search.basics.errors import UserError
from tests.rts_search.analysis.simulation.recorded import EPOCHS, of_a_sweep, recorded


def refusal(file: Path, model: str | None = None, epochs: int | None = None) -> str:
    with pytest.raises(UserError) as caught:
        read_curves(file, model, epochs)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{file.parent}/", "")


def test_runs_of_the_published_layout(tmp_path: Path) -> None:
    curves = read_curves(recorded(tmp_path))
    assert curves.values.shape == (24, EPOCHS)
    assert curves.final("last")[0] == pytest.approx(100 * (0.9 + 0.05 * 39 / 40))
    assert curves.costs[5].tolist() == [2 * (epoch + 1) for epoch in range(EPOCHS)]
    assert len(set(curves.groups)) == 4


def test_the_epochs_before_a_recorded_switch_cost_half(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    frame = pd.read_parquet(file).assign(method="pugd_timing", enable_pugd_epoch=9.0)
    frame.loc[1, "enable_pugd_epoch"] = -1.0
    frame.to_parquet(file)
    curves = read_curves(file)
    assert curves.costs[0, [9, 10, -1]].tolist() == [10, 12, 70]
    assert curves.costs[1, -1] == EPOCHS, "the rule never fired"
    assert curves.full_cost == 2 * EPOCHS


def test_the_completed_trials_of_a_sweep_without_its_baselines(tmp_path: Path) -> None:
    curves = read_curves(of_a_sweep(tmp_path))
    assert curves.runs == ("trial 1", "trial 2", "trial 4")
    assert curves.final("last").tolist() == pytest.approx([10.0, 20.0, 40.0])
    assert curves.full_cost == 12 * 14


def test_curves_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    gap = of_a_sweep(tmp_path, missing=5)
    assert refusal(gap) == "epochs.parquet: trial 1: must have every epoch, but epoch 5 is missing"
    assert refusal(gap, model="net").startswith("--model: must be left out")
    file = recorded(tmp_path)
    assert refusal(file, epochs=7) == (
        "recorded.parquet: --model and --epochs must name one set of runs; there are net 40 (24 runs)"
    )
    frame = pd.read_parquet(file)
    frame.loc[3, "epochs"] = 39
    frame.to_parquet(file)
    assert "must name one set of runs" in refusal(file)
    frame.loc[3, "epochs"] = EPOCHS
    frame.at[3, "valid_acc"] = [0.5] * 39
    frame.to_parquet(file)
    assert refusal(file) == "recorded.parquet: run3: must have 40 epochs, but got 39"
    frame.at[3, "valid_acc"] = [0.5] * 20 + [float("nan")] * 20
    frame.to_parquet(file)
    assert refusal(file) == "recorded.parquet: run3: must have a value in every epoch, but epoch 20 has none"
    frame.head(1).to_parquet(file)
    assert "must hold 2 or more completed runs" in refusal(file)
    frame.drop(columns=["valid_acc"]).to_parquet(file)
    assert refusal(file).endswith("but valid_acc is missing")
    file.write_text("no parquet")
    assert refusal(file) == "recorded.parquet: must be a parquet file of curves, but it cannot be read as one"
    assert refusal(tmp_path / "none").endswith("but there is no such file")
