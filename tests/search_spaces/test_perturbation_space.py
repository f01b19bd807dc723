"""The perturbation that is tried: one of the methods, with exactly its own parameters."""

from typing import Any

import pytest

from search_spaces.perturbation_space import PerturbationSpace
from search_spaces.space import Space


def test_a_kind_draws_its_own_parameters() -> None:
    space = PerturbationSpace.model_validate({"kind": ["pugd", "asam"], "eta": {"loguniform": [0.001, 0.1]}})

    def draw(kind: str) -> dict[str, Any]:
        return space.draw(lambda name, domain: kind if name == "perturbation.kind" else domain.lowest, "perturbation")

    assert draw("pugd") == {"kind": "pugd"}
    assert draw("asam") == {"kind": "asam", "eta": 0.001}


def test_the_perturbation_is_drawn_last() -> None:
    space = Space.model_validate({"perturbation": {"kind": ["pugd", "sam"]}, "training": {"lr": [0.1, 1]}})
    assert [name for name, _ in space.parts()] == ["radius", "scale", "timing", "training", "perturbation"]
    assert space.size() == 4


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"kind": "sma"}, "kind: must be one of pugd, sam, asam, amp, looksam, gsam, friendly_sam, path_sgd"),
        ({"kind": "sam", "eta": 0.1}, "eta: is not used by sam: leave it out"),
        ({"kind": "asam"}, "eta: is needed by asam"),
        ({"kind": "asam", "eta": [-1, 1]}, "eta: must be >= 0 and finite"),
        ({"kind": "amp", "inner_lr": 1, "inner_steps": [1, 2]}, "inner_steps: must be 1, since no trial may cost more"),
    ],
)
def test_an_illegal_space_is_refused(values: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        PerturbationSpace.model_validate(values)


def test_a_norm_is_drawn_for_the_methods_that_have_one() -> None:
    space = PerturbationSpace.model_validate({"kind": ["pugd", "sam"], "q": {"uniform": [1.0, 4.0]}})
    assert space.draw(lambda _, domain: domain.lowest, "perturbation") == {"kind": "pugd", "q": 1.0}
    for wrong, rule in (
        ({"kind": "asam", "eta": 0.01, "q": 2}, "q: is not used by asam"),
        ({"q": [0.5, 2]}, "q: must be >= 1"),
    ):
        with pytest.raises(ValueError, match=rule):
            PerturbationSpace.model_validate(wrong)
