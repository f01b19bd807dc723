"""A domain for each option of the model; its values keep their type."""

import pytest

from search_spaces.domains import Domain
from search_spaces.model_space import ModelSpace

SPACE = ModelSpace.model_validate({"options": {"width": [4, 8, 16], "dropout": {"uniform": [0, 0.5]}, "plain": True}})


def last(_name: str, domain: Domain) -> object:
    return domain.extremes[-1]


def test_options_are_drawn_in_their_order_and_keep_their_type() -> None:
    drawn = SPACE.draw(last, "model")["options"]
    assert drawn == {"width": 16, "dropout": 0.5, "plain": True}
    assert isinstance(drawn["width"], int)
    assert [name for name, _ in SPACE.searched()] == ["options.width", "options.dropout", "options.plain"]
    assert SPACE.size() is None
    assert ModelSpace.model_validate({"options": {"width": [4, 8], "plain": [True, False]}}).size() == 4


def test_corners_have_every_extreme_of_every_option() -> None:
    assert [corner["options"]["width"] for corner in SPACE.corners()] == [4, 16, 4]
    assert [corner["options"]["dropout"] for corner in SPACE.corners()] == [0.0, 0.0, 0.5]


def test_drawn_options_join_the_model_s_own() -> None:
    model = {"name": "small", "options": {"depth": 2}}
    joined = SPACE.merged(model, SPACE.draw(last, "model"))
    assert joined == {"name": "small", "options": {"depth": 2, "width": 16, "dropout": 0.5, "plain": True}}
    assert SPACE.without_given(joined) == model


@pytest.mark.parametrize("options", [{}, {"width": []}, {"width": None}, {"width": {"normal": [0, 1]}}])
def test_an_option_without_a_domain_is_refused(options: object) -> None:
    with pytest.raises(ValueError, match=r"must be a value, a list of values|must list at least one|at least 1 item"):
        ModelSpace.model_validate({"options": options})
