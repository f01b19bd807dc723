"""Build torchvision's classifiers for the images of a data set, and find their published weights."""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn

from trainables.core.settings.section import ConfigError, first_line, require


def classifier(name: str, num_classes: int, in_channels: int, image_size: int, options: dict[str, Any]) -> nn.Module:
    """Build torchvision's model `name`, not pretrained unless the options ask for it.

    Raises:
        ConfigError: at `name` for images without 3 channels; at `options` when torchvision refuses them.
    """
    others = "small, upanet16, a resnet without torchvision/ or a model of timm/"
    rule = f"takes images of 3 channels, not {in_channels}: choose {others}"
    require(in_channels == 3, "name", rule, f"torchvision/{name}")
    return build(name, {"num_classes": num_classes} | _extras(name, image_size), options)


def _extras(name: str, image_size: int) -> dict[str, Any]:
    """Arguments that some families need: the image size, or that the model returns only the logits."""
    if name.startswith("vit_"):
        return {"image_size": image_size}
    if name.startswith("maxvit"):
        return {"input_size": (image_size, image_size)}
    if name in ("googlenet", "inception_v3"):
        return {"aux_logits": False, "init_weights": True}
    return {}


def build(name: str, arguments: dict[str, Any], options: dict[str, Any]) -> nn.Module:
    """Build torchvision's model `name`. Raises: ConfigError at `name` or `options`."""
    from torchvision import models  # imported here, since it takes a second and our own models do not need it

    return called(partial(models.get_model, name), name, arguments, options)


def called(
    function: Callable[..., nn.Module], name: str, arguments: dict[str, Any], options: dict[str, Any]
) -> nn.Module:
    """Call a function of torchvision that makes the model `name`. Raises: ConfigError at `name` or `options`."""
    try:
        model = function(**(arguments | options))
    except TypeError as error:
        rule = f"must be keyword arguments that torchvision's {name} takes ({error})"
        raise ConfigError("options", rule, options) from error
    except (ValueError, AssertionError) as error:
        given = arguments | options
        rule = f"must be buildable with {given}: change them, dataset.image_size or the model ({first_line(error)})"
        raise ConfigError("name", rule, name) from error
    return model


def source_of_weights(name: str) -> str:
    """Return the URL of the model's default weights, whose file name has a part of their hash."""
    from torchvision import models

    return str(models.get_model_weights(name).DEFAULT.url)


def published_weights(name: str, options: dict[str, Any]) -> dict[str, Tensor]:
    """Return the model's default weights without those of auxiliary heads. Downloaded when they are not on disk."""
    weights = build(name, {"weights": "DEFAULT"}, options).state_dict()
    return {key: tensor for key, tensor in weights.items() if not key.startswith("AuxLogits.")}
