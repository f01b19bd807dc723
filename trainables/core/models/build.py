"""Build a classifier by its name, and check that it fits the images."""

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from trainables.core.models import timm_models, torchvision_models
from trainables.core.models.bsconv import rewrite
from trainables.core.models.catalogue import BUILT_IN, TIMM, TORCHVISION, check_model_name
from trainables.core.models.pretrained import load_pretrained
from trainables.core.models.weights import check_pretrained
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError, first_line, require


def build_model(config: ModelConfig, num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    """Build a classifier from images (batch, in_channels, image_size, image_size) to logits (batch, num_classes).

    Weights that are not pretrained are drawn from torch's global generator: seed it before the call. The model is
    returned in training mode.

    Raises:
        ConfigError: at `name` or `options`, when the model is unknown, refuses its options or does not fit the images;
            at `bsconv`, when it has no convolution to replace; at `pretrained`, when the weights are missing or do not
            fit.
    """
    check_model_name(config.name)
    check_pretrained(config)
    given = {"num_classes": num_classes, "in_channels": in_channels, "image_size": image_size}
    for option in given:
        rule = f"must not set {option}, which follows from the data set"
        require(option not in config.options, "options", rule, config.options)
    if config.name.startswith(TORCHVISION):
        model = torchvision_models.classifier(config.name.removeprefix(TORCHVISION), **given, options=config.options)
    elif config.name.startswith(TIMM):
        model = timm_models.classifier(config.name.removeprefix(TIMM), **given, options=config.options)
    else:
        model = _call(config, given)
    if config.bsconv is not None:
        model = rewrite(model, config.bsconv)
    _check_fit(model, config.name, num_classes, (in_channels, image_size, image_size))
    if config.pretrained is not None:
        load_pretrained(model, config, in_channels, image_size)
    return model


def _call(config: ModelConfig, given: dict[str, int]) -> nn.Module:
    function = _resolve(config.name)
    try:
        inspect.signature(function).bind(**given, **config.options)
    except TypeError as error:
        rule = f"must be keyword arguments that {config.name} takes ({error})"
        raise ConfigError("options", rule, config.options) from error
    model = function(**given, **config.options)
    require(isinstance(model, nn.Module), "name", "must name a function that returns a torch.nn.Module", config.name)
    return model


def _resolve(name: str) -> Callable[..., nn.Module]:
    module, _, attribute = BUILT_IN.get(name, name).partition(":")
    try:
        function: Any = getattr(importlib.import_module(module), attribute, None)
    except ImportError as error:
        raise ConfigError("name", f"must name an importable module ({error})", name) from error
    require(callable(function), "name", f"must name a function that {module} has", name)
    return function  # type: ignore[no-any-return]


def _check_fit(model: nn.Module, name: str, num_classes: int, image: tuple[int, int, int]) -> None:
    """Do one forward pass in evaluation mode, so that a wrong model fails here, with the name of the setting."""
    size = " x ".join(map(str, image))
    device = next(model.parameters(), torch.empty(0)).device
    model.eval()
    try:
        with torch.no_grad():
            output = model(torch.zeros(2, *image, device=device))
    except (RuntimeError, ValueError, AssertionError, TypeError) as error:
        rule = f"must fit images of {size}: choose another model or dataset.image_size ({first_line(error)})"
        raise ConfigError("name", rule, name) from error
    model.train()
    shape = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
    rule = f"must map a batch of 2 images to logits of shape {(2, num_classes)}, not {shape}"
    require(shape == (2, num_classes), "name", rule, name)
