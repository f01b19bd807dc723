"""`rts-search models`: the sizes of all models of this package, without and with blueprint separable convolutions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from rts_search.basics.errors import UserError
from rts_search.basics.gc_pause import garbage_collection_paused
from trainables.core.models.bsconv import rewrite, rewriting_of
from trainables.core.models.build import build_unchecked
from trainables.core.models.catalogue import BUILT_IN, WITHOUT_STEM
from trainables.core.models.parts import STEMS
from trainables.core.models.sizes import Size, sharing_weights, size_of
from trainables.core.settings.config import BSCONVS, ModelConfig
from trainables.core.settings.section import ConfigError, first_line, one_of

CHANNELS = 3
LIMITS: Mapping[str, tuple[int, int]] = {"image-size": (8, 4096), "classes": (1, 1_000_000)}
"""Option -> its least and its largest value."""


@dataclass(frozen=True)
class Form:
    """A model with one kind of convolutions."""

    size: Size | None
    """None when there is no such form, or it does not fit the images."""
    refusal: str = ""
    """Why not."""
    layers: str = ""
    """What `bsconv` has changed, in words."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        sizes = {} if self.size is None else self.size.to_dict()
        words = {"refusal": self.refusal} if self.refusal else {"changed": self.layers} if self.layers else {}
        return {**sizes, **words}


@dataclass(frozen=True)
class ModelSizes:
    """The sizes of one model."""

    name: str
    plain: Form
    forms: dict[str, Form]
    """Kind of blueprint separable convolutions -> the model with them; empty when it does not fit the images."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        kinds = {f"bsconv_{kind}": form.to_dict() for kind, form in self.forms.items()}
        return {"name": self.name, **self.plain.to_dict(), **kinds}


def model_sizes(image_size: int, classes: int, stem: str) -> list[ModelSizes]:
    """The sizes of all models for images of three channels.

    Args:
        image_size: height and width of the images.
        classes: number of classes.
        stem: cifar or imagenet.

    Raises:
        UserError: an option is out of its range.
    """
    for option, value in (("image-size", image_size), ("classes", classes)):
        least, most = LIMITS[option]
        if not least <= value <= most:
            raise UserError(f"--{option}: must be in [{least}, {most:,}], but got {value}")
    if stem not in STEMS:
        raise UserError(f"--stem: {one_of(STEMS)}, but got {stem!r}")
    with garbage_collection_paused():
        return [_sizes_of(name, image_size, classes, stem) for name in BUILT_IN]


def _sizes_of(name: str, image_size: int, classes: int, stem: str) -> ModelSizes:
    config = ModelConfig(name, {} if name in WITHOUT_STEM else {"stem": stem})
    try:
        with torch.device("meta"):  # shapes without values: it takes milliseconds
            model = build_unchecked(config, classes, CHANNELS, image_size)
        plain = Form(size_of(model, CHANNELS, image_size))
    except ConfigError as error:
        return ModelSizes(name, Form(None, str(error)), {})
    except (RuntimeError, ValueError, AssertionError) as error:
        return ModelSizes(name, Form(None, f"must fit images of {image_size} x {image_size}: {first_line(error)}"), {})
    return ModelSizes(name, plain, {kind: _form(model, kind, image_size) for kind in BSCONVS})


def _form(model: nn.Module, kind: str, image_size: int) -> Form:
    copied = sharing_weights(model)

    def run() -> None:
        with torch.no_grad():
            copied.eval()(torch.empty(2, CHANNELS, image_size, image_size, device="meta"))

    try:
        rewritten = rewrite(copied, kind, run)
    except ConfigError as error:
        return Form(None, error.rule)
    return Form(size_of(rewritten, CHANNELS, image_size), layers=rewriting_of(rewritten).told())
