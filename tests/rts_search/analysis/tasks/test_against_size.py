from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rts_search.analysis.confirmation.decisions import Sample
from rts_search.analysis.tasks.against_size import against_size
from rts_search.analysis.tasks.cells import Cell
from rts_search.analysis.tasks.sizes import Counted
from tests.rts_search.analysis.tasks.made_up import cell
from trainables.core.models.sizes import Size

MODELS = {"large": Size(80_000, 9_000_000, 1_000), "small": Size(6_000, 300_000, 100)}


def drawn_cells() -> tuple[list[Cell], list[Mapping[str, Counted]]]:
    """Two data sets with two models each, the larger one first."""
    cells = [
        replace(cell(place, 0, {"sgd": 1.0, "sam": 0.5}), dataset=dataset, model=model)
        for place, (dataset, model) in enumerate((dataset, model) for dataset in ("one", "two") for model in MODELS)
    ]
    return cells, [dict.fromkeys(("rts", "sgd", "sam"), Counted(MODELS[one.model])) for one in cells]


def traces(cells: list[Cell], sizes: list[Mapping[str, Counted]]) -> dict[tuple[str, str], dict[str, Any]]:
    figure = against_size(cells, sizes)
    assert figure is not None
    return {(trace["name"], trace["xaxis"]): trace for trace in figure.data}


def test_each_method_is_a_line_over_its_models_for_parameters_and_for_multiply_adds() -> None:
    cells, sizes = drawn_cells()
    found = traces(cells, sizes)
    assert set(found) == {(method, axis) for method in ("rts", "sgd", "sam") for axis in ("x", "x2", "x3", "x4")}
    left, right = found["sgd", "x"], found["sgd", "x2"]
    assert (left["x"], left["text"]) == ([6_000, 80_000], ["small", "large"])
    assert right["x"] == [300_100, 9_001_000]
    runs = cells[1].samples["sgd"].baseline
    assert left["y"][0] == right["y"][0] == pytest.approx(100 * runs.mean(), abs=1e-4)
    assert left["error_y"]["array"][0] == pytest.approx(100 * runs.std(ddof=1), abs=1e-4)
    assert found["rts", "x3"]["y"][1] == pytest.approx(100 * cells[2].samples["sam"].contender.mean(), abs=1e-4)
    assert sum(trace["showlegend"] for trace in found.values()) == 3


def test_every_data_set_has_a_row_with_one_axis_of_accuracy() -> None:
    figure = against_size(*drawn_cells())
    assert figure is not None
    titles = [figure.layout[f"yaxis{number}"]["title"]["text"] for number in ("", 2, 3, 4)]
    assert titles == ["one: test_acc in %", "", "two: test_acc in %", ""]
    assert figure.layout["yaxis4"]["matches"] == "y3"
    assert figure.layout["yaxis"]["domain"][0] > figure.layout["yaxis3"]["domain"][1]
    assert figure.layout["xaxis3"]["type"] == "log"
    assert [one["text"] for one in figure.layout["annotations"]] == ["small", "large"] * 4
    assert "2 and 4 tasks" not in figure.caption
    assert "for 4 tasks" in figure.caption


def test_a_model_without_a_size_is_not_drawn_and_named() -> None:
    cells, sizes = drawn_cells()
    sizes[0] = {"rts": Counted(None, "net cannot be counted: it has no shape")}
    assert traces(cells, sizes)["sgd", "x"]["x"] == [6_000]
    figure = against_size(cells, sizes)
    assert figure is not None
    assert figure.caption.endswith("Not drawn: task0 (net cannot be counted: it has no shape).")
    assert against_size(cells, [{} for _ in cells]) is None


def test_runs_that_diverged_are_left_out_of_the_mean() -> None:
    cells, sizes = drawn_cells()
    sample = cells[1].samples["sgd"]
    broken = {
        "sgd": Sample(sample.contender, np.array([np.nan, 0.9, 0.8])),
        "sam": Sample(sample.contender, np.full(2, np.nan)),
    }
    found = traces([cells[0], replace(cells[1], samples=broken)], sizes[:2])
    assert found["sgd", "x"]["y"][0] == pytest.approx(85.0)
    assert found["sam", "x"]["x"] == [80_000]
