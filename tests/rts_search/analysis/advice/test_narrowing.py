from typing import Any

import numpy as np
import pytest

from rts_search.analysis.advice.features import Feature
from rts_search.analysis.advice.marginals import Marginal
from rts_search.analysis.advice.narrowing import narrowed
from rts_search.sweep.sweep_file import load_sweep

SPACE = (
    "space={training: {lr: {loguniform: [0.01, 1]}, momentum: [0.5, 0.8, 0.9, 0.95]}, "
    "radius: {shape: [constant, cosine, sine], value: {uniform: [0.1, 4]}, beta_min: 0.1, beta_max: 2}, "
    "model: {options: {width: {integer: [8, 32, 8]}}}, timing: {switch_epoch: [0, 3, 6, 9]}}"
)


def marginal(name: str, classes: list[Any], ruled_out: list[Any]) -> Marginal:
    """A setting with these single values, or ranges given as pairs, some of which are ruled out."""
    ranges = isinstance(classes[0], tuple)
    named = isinstance(classes[0], str)
    ends = None if named else tuple(one if ranges else (float(one), float(one)) for one in classes)
    feature = Feature(name, tuple(map(str, classes)), ends, np.zeros(9, int), None if ranges else tuple(classes))
    out, zero = np.array([one in ruled_out for one in classes]), np.zeros(len(classes))
    return Marginal(feature, zero, zero, zero, out, ~out)


def changed(*found: Marginal) -> dict[str, Any]:
    """The new domains; the space is legal in the sweep."""
    sweep = load_sweep("digits", ["training.lr=null", "training.momentum=null", SPACE])
    space, told = narrowed(sweep, found)
    assert type(space).model_validate(space.model_dump(mode="json", exclude_none=True)) == space
    searched = {name: domain.plain() for name, domain in space.searched().items()}
    assert {name: searched[name] for name in told} == told
    return told


THIRDS = [(0.011, 0.04), (0.05, 0.2), (0.25, 0.9)]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (marginal("training.lr", THIRDS, [THIRDS[2]]), {"training.lr": {"loguniform": [0.01, 0.2]}}),
        (marginal("training.lr", THIRDS, [THIRDS[0]]), {"training.lr": {"loguniform": [0.05, 1.0]}}),
        (marginal("training.lr", THIRDS, [THIRDS[0], THIRDS[2]]), {"training.lr": {"loguniform": [0.05, 0.2]}}),
        (marginal("training.lr", THIRDS, [THIRDS[1]]), {}),
        (marginal("training.lr", THIRDS, []), {}),
        (marginal("training.momentum", [0.5, 0.8, 0.9, 0.95], [0.5, 0.8]), {"training.momentum": [0.9, 0.95]}),
        (marginal("model.options.width", [8, 16, 24, 32], [8]), {"model.options.width": {"integer": [16, 32, 8]}}),
        (marginal("model.options.width", [8, 16, 24, 32], [8, 16, 24]), {"model.options.width": [32]}),
        (
            marginal("timing.switch_epoch / training.epochs", [0.0, 0.25, 0.5, 0.75], [0.0, 0.75]),
            {"timing.switch_epoch": [3, 6]},
        ),
        (marginal("radius.shape", ["constant", "cosine", "sine"], ["cosine"]), {"radius.shape": ["constant", "sine"]}),
        (marginal("radius.beta_max", ["2"], ["2"]), {}),
        (marginal("scale.shape", ["constant", "sine"], ["sine"]), {}),
    ],
)
def test_what_is_ruled_out_leaves_the_space(found: Marginal, wanted: dict[str, Any]) -> None:
    assert changed(found) == wanted


def test_parameters_that_no_shape_uses_any_more_leave_with_it() -> None:
    sweep = load_sweep("digits", ["training.lr=null", "training.momentum=null", SPACE])
    without, _ = narrowed(sweep, [marginal("radius.shape", ["constant", "cosine", "sine"], ["constant"])])
    assert "radius.value" not in without.searched()
    assert "radius.beta_min" in without.searched()


def test_several_settings_are_narrowed_together() -> None:
    rate, shape = marginal("training.lr", THIRDS, [THIRDS[2]]), marginal("radius.shape", ["cosine", "sine"], ["sine"])
    assert set(changed(rate, shape)) == {"training.lr", "radius.shape"}
