import pytest

from rts_search.analysis.tasks.names import data_name, data_settings, told_apart
from trainables.core.settings.config import DatasetConfig


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (DatasetConfig("digits"), "digits"),
        (DatasetConfig("cifar10", root="/data/sets"), "cifar10"),
        (DatasetConfig("imagefolder", root="/data/birds/"), "birds"),
        (DatasetConfig("table", root="/data", file="lists/cells.csv"), "cells"),
        (DatasetConfig("my_data:load"), "load"),
    ],
)
def test_a_data_set_has_its_own_name_or_that_of_its_files(config: DatasetConfig, name: str) -> None:
    assert data_name(config) == name


def test_the_place_of_a_known_data_set_is_no_difference() -> None:
    one, other = (DatasetConfig("cifar10", root=root, download=root == "a") for root in "ab")
    assert data_settings(one) == data_settings(other)
    one, other = (DatasetConfig("imagefolder", root=root) for root in "ab")
    assert data_settings(one) != data_settings(other)


def test_names_are_followed_by_the_settings_that_differ() -> None:
    few = {"name": "digits", "num_train": 300}
    assert told_apart(
        ["digits", "digits", "cifar10"], [{"name": "digits"}, few, {"name": "cifar10", "num_train": 9}]
    ) == [
        "digits",
        "digits, num_train 300",
        "cifar10",
    ]
    penalised = [{"name": "net", "bsconv": {"kind": "s", "alpha": alpha}} for alpha in (0.1, 1.0)]
    assert told_apart(["net", "net"], penalised) == ["net, bsconv.alpha 0.1", "net, bsconv.alpha 1.0"]
    assert told_apart(["net", "net"], [few, few]) == ["net", "net"]
