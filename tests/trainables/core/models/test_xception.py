"""Xception in either stem, and with its separable convolutions turned round."""

import pytest
import torch

from trainables.core.models.bsconv import rewriting_of
from trainables.core.models.build import build_model, build_unchecked
from trainables.core.models.separable import Separable
from trainables.core.settings.config import ModelConfig


@pytest.mark.usefixtures("without_numbers")
def test_it_has_the_published_size() -> None:
    model = build_unchecked(ModelConfig("xception", {"stem": "imagenet"}), 1000, 3, 299)
    assert sum(parameter.numel() for parameter in model.parameters()) == 22_855_952  # CVPR 2017, table 3


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(("stem", "size"), [("cifar", 4), ("imagenet", 1)])
def test_the_stem_decides_the_size_of_the_last_maps(stem: str, size: int) -> None:
    model = build_unchecked(ModelConfig("xception", {"stem": stem}), 10, 3, 32)
    assert model.eval()[:-3](torch.zeros(2, 3, 32, 32)).shape == (2, 2048, size, size)  # type: ignore[index]


@pytest.mark.slow
@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize("kind", ["u", "s"])
def test_all_34_separable_convolutions_are_turned_round(kind: str) -> None:
    model = build_model(ModelConfig("xception", bsconv=kind), 10, 3, 32)
    found = rewriting_of(model)
    assert (found.rewritten, found.spatial, found.penalised) == (34, 36, 34 if kind == "s" else 0)
    assert not found.only_the_stem
    new = [module for module in model.modules() if isinstance(module, Separable)]
    assert [layer.groups for layer in new[0]][-1] == 128  # type: ignore[union-attr]
