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


NUMBERS = ModelSpace.model_validate({"bsconv": {"alpha": {"loguniform": [1e-5, 1]}, "p": [0.125, 0.25]}})


def test_the_numbers_of_bsconv_are_drawn_beside_the_options() -> None:
    both = ModelSpace.model_validate({"options": {"width": [4, 8]}, "bsconv": {"p": [0.125, 0.25]}})
    assert both.draw(last, "model") == {"options": {"width": 8}, "bsconv": {"p": 0.25}}
    assert [name for name, _ in both.searched()] == ["options.width", "bsconv.p"]
    assert (both.size(), NUMBERS.size()) == (4, None)
    corners = list(both.corners())
    assert {corner["options"]["width"] for corner in corners} == {4, 8}
    assert {corner["bsconv"]["p"] for corner in corners} == {0.125, 0.25}
    assert NUMBERS.draw(last, "model") == {"bsconv": {"p": 0.25, "alpha": 1.0}}
    assert len(list(NUMBERS.corners())) == 4


def test_drawn_numbers_join_the_kind_of_the_model_in_whatever_form_it_is_given() -> None:
    drawn = NUMBERS.draw(last, "model")
    for own in ("s", {"kind": "s"}):
        joined = NUMBERS.merged({"name": "small", "bsconv": own}, drawn)
        assert joined == {"name": "small", "bsconv": {"kind": "s", "p": 0.25, "alpha": 1.0}}
        assert NUMBERS.without_given(joined) == {"name": "small", "bsconv": {"kind": "s"}}
    with pytest.raises(ValueError, match=r"bsconv: needs model.bsconv s, which alone has numbers, but got 'u'"):
        NUMBERS.merged({"name": "small", "bsconv": "u"}, drawn)


@pytest.mark.parametrize(
    ("space", "rule"),
    [
        ({}, "must name at least one setting"),
        ({"bsconv": {}}, "must name p or alpha"),
        ({"bsconv": {"p": [0, 0.5]}}, r"p: must be in \(0, 1\], but got 0.0"),
        ({"bsconv": {"p": {"uniform": [0.5, 1.5]}}}, r"p: must be in \(0, 1\], but got 1.5"),
        ({"bsconv": {"alpha": -1}}, "alpha: must be >= 0 and finite, but got -1.0"),
        ({"bsconv": {"kind": ["u", "s"]}}, "kind"),
    ],
)
def test_a_space_that_could_draw_an_illegal_number_is_refused(space: object, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        ModelSpace.model_validate(space)
