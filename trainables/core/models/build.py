"""Build a classifier by its name, and check that it fits the images."""

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from trainables.core.models import timm_models, torchvision_models
from trainables.core.models.bsconv import rewrite, rewriting_of
from trainables.core.models.catalogue import BUILT_IN, TIMM, TORCHVISION, check_model_name
from trainables.core.models.pretrained import load_pretrained
from trainables.core.models.weights import check_pretrained
from trainables.core.settings.config import DEFAULT_WEIGHTS, ModelConfig
from trainables.core.settings.model_config import NO_DEFAULT_WEIGHTS
from trainables.core.settings.section import ConfigError, first_line, require


def build_model(config: ModelConfig, num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    """Build a classifier from images (batch, in_channels, image_size, image_size) to logits (batch, num_classes).

    Weights that are not pretrained are drawn from torch's global generator: seed it before the call. The model is
    returned in training mode.

    Raises:
        ConfigError: at `name` or `options`, when the model is unknown, refuses its options or does not fit the images;
            at `bsconv`, when it has no convolution to replace, or not with these settings; at `pretrained`, when the
            weights are missing or do not fit.
    """
    model = build_unchecked(config, num_classes, in_channels, image_size)
    image = (in_channels, image_size, image_size)
    if config.bsconv is not None:
        model = _rewritten(model, config, image)
    _check_fit(model, config.name, num_classes, image)
    if config.pretrained is not None:
        load_pretrained(model, config, in_channels, image_size)
    return model


def build_unchecked(config: ModelConfig, num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    """The same with the model's own convolutions and random weights, before it has seen an image.

    Raises:
        ConfigError: at `name` or `options`, when the model is unknown or refuses its options.
    """
    check_model_name(config.name)
    check_pretrained(config)
    given = {"num_classes": num_classes, "in_channels": in_channels, "image_size": image_size}
    for option in given:
        rule = f"must not set {option}, which follows from the data set"
        require(option not in config.options, "options", rule, config.options)
    if config.name.startswith(TORCHVISION):
        return torchvision_models.classifier(config.name.removeprefix(TORCHVISION), **given, options=config.options)
    if config.name.startswith(TIMM):
        return timm_models.classifier(config.name.removeprefix(TIMM), **given, options=config.options)
    return _call(config, given)


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


def _rewritten(model: nn.Module, config: ModelConfig, image: tuple[int, int, int]) -> nn.Module:
    def run() -> None:
        _run(model, config.name, image)

    settings = config.separable
    assert settings is not None
    rewritten = rewrite(model, settings, run)
    fits = config.pretrained != DEFAULT_WEIGHTS or not rewriting_of(rewritten).rewritten
    require(fits, "bsconv", NO_DEFAULT_WEIGHTS, config.bsconv)
    return rewritten


def _check_fit(model: nn.Module, name: str, num_classes: int, image: tuple[int, int, int]) -> None:
    """Do one forward pass in evaluation mode, so that a wrong model fails here, with the name of the setting."""
    output = _run(model, name, image)
    shape = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
    rule = f"must map a batch of 2 images to logits of shape {(2, num_classes)}, not {shape}"
    require(shape == (2, num_classes), "name", rule, name)


def _run(model: nn.Module, name: str, image: tuple[int, int, int]) -> Any:
    """The output for two images in evaluation mode. The model is then in training mode. Raises: ConfigError."""
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
    return output
