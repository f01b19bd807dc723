from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rts_search.analysis.tasks.cells import Cell
from rts_search.analysis.tasks.sizes import sizes_of
from rts_search.study.data_facts import DataFacts
from tests.rts_search.analysis.tasks.made_up import cell
from trainables.core.settings.config import TrialConfig

FACTS = DataFacts("", 1, 1, 1, 1, class_counts=(1,) * 10, channels=1, image_size=8)
"""Of digits."""


def of_models(*models: Mapping[str, Any], data: DataFacts | None = FACTS, **training: Any) -> Cell:
    """A task with a config for each model: of rts, then of its rivals."""
    plain = {"dataset": {"name": "digits"}, "training": {"epochs": 1, "batch_size": 8, "lr": 0.1, **training}}
    configs = [TrialConfig.from_dict({**plain, "model": dict(model)}) for model in models]
    return replace(cell(0, 0, {"sgd": 0.0}), configs=dict(zip(("rts", "sgd"), configs, strict=False)), data=data)


def test_each_method_has_the_size_of_its_own_model() -> None:
    """A convolution of 3 x 3 from 1 to 8, from 8 to 16 and from 16 to 32 channels, norms, and 10 classes."""
    found = sizes_of(of_models({"name": "small", "options": {"width": 8}}, {"name": "small"}))
    weights = 9 * (1 * 8 + 8 * 16 + 16 * 32) + 2 * (8 + 16 + 32) + 33 * 10
    assert found["rts"].size is not None
    assert found["sgd"].size is not None
    assert (found["rts"].size.parameters, found["sgd"].size.parameters) == (weights, 24_058)
    products = 9 * (16 * 8 + 16 * 8 * 16 + 4 * 16 * 32) + 32 * 10
    assert found["rts"].size.products == products < found["rts"].size.multiply_adds


def test_the_data_of_a_sweep_of_an_earlier_version_are_read() -> None:
    earlier = replace(FACTS, class_counts=None, channels=None, image_size=None)
    model = {"name": "small"}
    assert (
        sizes_of(of_models(model, data=earlier)) == sizes_of(of_models(model)) == sizes_of(of_models(model, data=None))
    )


def test_multiply_adds_are_those_of_the_images_that_the_model_sees() -> None:
    photographs = replace(FACTS, channels=3, image_size=64)
    model = {"name": "mobilenet_v2"}
    whole = sizes_of(of_models(model, data=photographs))["rts"].size
    cropped = sizes_of(of_models(model, data=photographs, augmentation={"crop_size": 32}))["rts"].size
    assert whole is not None
    assert cropped is not None
    assert whole.parameters == cropped.parameters
    assert 2.0 < whole.multiply_adds / cropped.multiply_adds < 5.0


def test_convolutions_are_counted_as_rewritten_and_no_weights_are_loaded() -> None:
    model = {"name": "resnet10"}
    plain, separable = (
        sizes_of(of_models({**model, **more}, data=replace(FACTS, channels=3, image_size=32)))["rts"].size
        for more in ({"pretrained": "none_of_this_name.pt"}, {"bsconv": "u"})
    )
    assert plain is not None
    assert separable is not None
    assert separable.parameters < plain.parameters / 3


def test_a_model_that_cannot_be_counted_says_why() -> None:
    cell = of_models({"name": "nowhere:net"}, {"name": "small"})
    found = sizes_of(cell)
    assert found["rts"].size is None
    assert found["rts"].refusal.startswith("nowhere:net cannot be counted: name: must name an importable package")
    assert found["sgd"].size is not None
    assert sizes_of(replace(cell, configs={})) == {}
