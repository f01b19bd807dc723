from pathlib import Path
from typing import Any

import pytest
import yaml

from rts_search.basics.errors import UserError
from rts_search.sweep.over import label, load_over
from rts_search.sweep.sweep_file import load_sweep

FILE: dict[str, Any] = {
    "over": {
        "dataset": ["digits", {"name": "digits", "label": "few", "num_train": 400}],
        "model": ["small", {"name": "small", "options": {"width": 32}}],
    },
    "dataset": {"name": "digits", "val_fraction": 0.3},
    "training": {"epochs": 2, "batch_size": 64, "lr": 0.1},
    "space": "rts",
    "search": {"trials": 2},
}


def written(folder: Path, **changes: Any) -> str:
    file = folder / "mine.yaml"
    file.write_text(yaml.safe_dump({**FILE, **changes}))
    return str(file)


def test_there_is_one_sweep_for_each_data_set_and_model(tmp_path: Path) -> None:
    sweeps = load_over(written(tmp_path), ["training.epochs=3"])
    assert [sweep.name for sweep in sweeps] == [
        "mine.digits.small",
        "mine.digits.small-32",
        "mine.few.small",
        "mine.few.small-32",
    ]
    assert [sweep.dataset.num_train for sweep in sweeps] == [None, None, 400, 400]
    assert [sweep.model.options for sweep in sweeps] == [{}, {"width": 32}] * 2
    assert {sweep.dataset.val_fraction for sweep in sweeps} == {0.3}, "what an entry does not set is the file's"
    assert {sweep.training.epochs for sweep in sweeps} == {3}


def test_one_axis_alone_is_enough(tmp_path: Path) -> None:
    (sweep,) = load_over(written(tmp_path, over={"model": ["small"]}))
    assert (sweep.name, sweep.model.name, sweep.dataset.name) == ("mine.small", "small", "digits")


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"name": "torchvision/mobilenet_v2"}, "mobilenet_v2"),
        ({"name": "my.module:net", "options": {"width": 8, "kind": "a/b"}}, "net-8-a_b"),
        ({"name": "resnet18", "bsconv": "u"}, "resnet18-bsconv_u"),
        ({"name": "resnet18", "bsconv": {"kind": "s", "p": 0.5}}, "resnet18-bsconv_s"),
        ({"name": "resnet18", "label": "mine"}, "mine"),
    ],
)
def test_an_entry_is_called_by_its_label_or_what_it_is(entry: dict[str, Any], wanted: str) -> None:
    assert label(entry) == wanted


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"over": None}, "over: must be a mapping with dataset, model or both"),
    ({"over": {}}, "over: must be a mapping with dataset, model or both"),
    ({"over": {"seed": [1]}}, "over.seed: must be one of dataset, model"),
    ({"over": {"model": "small"}}, "over.model: must be a list of names or sections"),
    ({"over": {"model": []}}, "over.model: must be a list of names or sections"),
    ({"over": {"model": [3]}}, "over.model.0: must be a name, or a section with a name"),
    ({"over": {"model": [{"options": {}}]}}, "over.model.0: must be a name, or a section with a name"),
    ({"over": {"model": ["small", "small"]}}, "over: must list data sets and models with different names or options"),
    ({"over": {"model": ["smal"]}}, "mine.smal: model.name: must be small, "),
    ({"over": {"dataset": [{"name": "digits", "num_trane": 3}]}}, "mine.digits: dataset.num_trane: is no setting here"),
    ({"over": {"model": ["small"] * 1001}}, "over: must make <= 1,000 sweeps, but got 1001"),
]


@pytest.mark.parametrize(("changes", "line"), MISTAKES, ids=[line[:40] for _, line in MISTAKES])
def test_a_mistake_is_one_line(tmp_path: Path, changes: dict[str, Any], line: str) -> None:
    with pytest.raises(UserError) as caught:
        load_over(written(tmp_path, **changes))
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_single_sweep_does_not_take_such_a_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="over: is for several sweeps: run the file with `rts-search over`"):
        load_sweep(written(tmp_path))
