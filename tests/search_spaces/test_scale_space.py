"""The space of the scale: the schedules of the radius, and the rules that follow the training."""

from typing import Any

import pytest

from search_spaces.scale_space import ScaleSpace
from search_spaces.space import Space
from trainables.core.settings.config import ScaleConfig

ADAPTIVE: dict[str, Any] = {"shape": "adaptive", "value": [0.5, 1.0], "beta_min": 0.1, "beta_max": 10.0}


def test_a_rule_is_drawn_with_its_own_parameters() -> None:
    space = ScaleSpace.model_validate(
        {**ADAPTIVE, "shape": ["constant", "adaptive"], "rule": "batch_variance", "window": [5, 10]}
    )

    def draw(shape: str) -> dict[str, Any]:
        return space.draw(lambda name, domain: shape if name == "scale.shape" else domain.lowest, "scale")

    assert draw("constant") == {"shape": "constant", "value": 0.5}
    assert list(draw("adaptive")) == ["shape", "value", "rule", "beta_min", "beta_max", "window"]
    assert ScaleConfig.from_dict(draw("adaptive")).window == 5
    assert space.size() == 2 + 4


@pytest.mark.parametrize(
    ("space", "rule"),
    [
        (ADAPTIVE, "rule: is needed by adaptive"),
        ({**ADAPTIVE, "rule": "cosin"}, "rule: must be one of norm_ratio, cosine, batch_variance"),
        ({**ADAPTIVE, "rule": ["cosine", "batch_variance"], "window": 5}, "window: is used by batch_variance alone"),
        ({"value": 1.0, "rule": "cosine"}, "rule: is not used by constant"),
    ],
)
def test_an_illegal_rule_is_refused(space: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        ScaleSpace.model_validate(space)


def test_the_radius_has_no_rule() -> None:
    with pytest.raises(ValueError, match="must be one of constant"):
        Space.model_validate({"radius": ADAPTIVE})
