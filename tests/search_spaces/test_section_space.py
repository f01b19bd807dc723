"""A space made from a section: each setting has a domain of its kind, and what is given is drawn."""

from typing import Any

import pytest

from search_spaces.domains import Domain
from search_spaces.space import Space
from search_spaces.training_space import TrainingSpace

SPACE = TrainingSpace.model_validate(
    {"lr": [0.05, 0.1], "augmentation": {"cutout": {"integer": [0, 4, 2]}, "horizontal_flip": [True, "alternating"]}}
)


def test_a_draw_asks_for_what_is_given_alone_in_the_order_of_the_section() -> None:
    asked: list[str] = []

    def choose(name: str, domain: Domain) -> Any:
        asked.append(name)
        return (domain.values() or ())[-1]

    drawn = SPACE.draw(choose, "training")
    assert asked == ["training.lr", "training.augmentation.horizontal_flip", "training.augmentation.cutout"]
    assert drawn == {"lr": 0.1, "augmentation": {"horizontal_flip": "alternating", "cutout": 4}}
    assert [name for name, _ in SPACE.searched()] == ["lr", "augmentation.horizontal_flip", "augmentation.cutout"]


def test_a_fixed_setting_is_not_asked_for() -> None:
    def choose(name: str, domain: Domain) -> Any:
        raise AssertionError(f"{name} is fixed, but {domain} was asked for")

    space = TrainingSpace.model_validate({"lr": 1, "augmentation": {"cutout": 2}})
    assert space.draw(choose, "training") == {"lr": 1.0, "augmentation": {"cutout": 2}}


def test_sizes_multiply_and_ranges_cannot_be_counted() -> None:
    assert SPACE.size() == 2 * 2 * 3
    assert TrainingSpace.model_validate({"lr": {"uniform": [0.1, 1]}}).size() is None
    assert Space.model_validate({"training": SPACE, "scale": {"value": [0, 1]}}).size() == 2 * 2 * 2 * 3


def test_what_is_drawn_takes_the_place_of_the_section_s_own_settings() -> None:
    own = {"epochs": 4, "lr": 1.0, "augmentation": {"cutout": 1, "rotation": 5.0}}
    drawn = {"lr": 0.1, "augmentation": {"cutout": 4}}
    assert SPACE.merged(own, drawn) == {"epochs": 4, "lr": 0.1, "augmentation": {"cutout": 4, "rotation": 5.0}}
    assert SPACE.without_given(own) == {"epochs": 4, "augmentation": {"rotation": 5.0}}


def test_corners_hold_every_pair_of_extremes() -> None:
    space = TrainingSpace.model_validate(
        {"lr": {"uniform": [0.1, 1]}, "momentum": [0.5, 0.8, 0.9], "reset_momentum": [True, False]}
    )
    pairs = {(corner["lr"], corner["momentum"]) for corner in space.corners()}
    assert pairs == {(0.1, 0.5), (0.1, 0.9), (1.0, 0.5), (1.0, 0.9)}
    assert {(corner["momentum"], corner["reset_momentum"]) for corner in space.corners()} == {
        (0.5, False),
        (0.5, True),
        (0.9, False),
        (0.9, True),
    }
    assert list(TrainingSpace.model_validate({"momentum": 0.5}).corners()) == [{"momentum": 0.5}]


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({}, "must name at least one setting"),
        ({"lr": "fast"}, "must be a number, a list of numbers"),
        ({"lr": True}, "must be a number, a list of numbers"),
        ({"batch_size": [8, 16.5]}, "must be an integer, a list of integers"),
        ({"reset_momentum": [0, 1]}, "must be true, false or a list of both"),
        ({"bn_stats": [True]}, "must be a name or a list of names"),
        ({"augmentation": {"horizontal_flip": 1}}, "must be true, false, a name or a list of them"),
    ],
)
def test_a_domain_of_the_wrong_kind_is_refused(values: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        TrainingSpace.model_validate(values)
