"""torchvision's classifiers, fitted to the images of a data set."""

from typing import Any

from torch import Tensor, nn

from trainables.core.settings.section import ConfigError, first_line, require


def classifier(name: str, num_classes: int, in_channels: int, image_size: int, options: dict[str, Any]) -> nn.Module:
    """torchvision's model `name`, without pretrained weights unless the options ask for them.

    Raises:
        ConfigError: at `name` for images that have not 3 channels; at `options` when torchvision refuses them.
    """
    others = "small, upanet16, a resnet without torchvision/ or a model of timm/"
    rule = f"takes images of 3 channels, not {in_channels}: choose {others}"
    require(in_channels == 3, "name", rule, f"torchvision/{name}")
    return build(name, {"num_classes": num_classes} | _extras(name, image_size), options)


def _extras(name: str, image_size: int) -> dict[str, Any]:
    """What some families need said: their image size, or that the logits alone are returned."""
    if name.startswith("vit_"):
        return {"image_size": image_size}
    if name.startswith("maxvit"):
        return {"input_size": (image_size, image_size)}
    if name in ("googlenet", "inception_v3"):
        return {"aux_logits": False, "init_weights": True}
    return {}


def build(name: str, arguments: dict[str, Any], options: dict[str, Any]) -> nn.Module:
    """torchvision's model `name`. Raises: ConfigError at `name` or `options`."""
    from torchvision import models  # costs a second, which models of our own need not pay

    try:
        model: nn.Module = models.get_model(name, **(arguments | options))
    except TypeError as error:
        rule = f"must be keyword arguments that torchvision's {name} takes ({error})"
        raise ConfigError("options", rule, options) from error
    except (ValueError, AssertionError) as error:
        given = arguments | options
        rule = f"must be buildable with {given}: change them, dataset.image_size or the model ({first_line(error)})"
        raise ConfigError("name", rule, name) from error
    return model


def source_of_weights(name: str) -> str:
    """Where torchvision downloads the model's default weights, with a part of their hash in the name."""
    from torchvision import models

    return str(models.get_model_weights(name).DEFAULT.url)


def published_weights(name: str, options: dict[str, Any]) -> dict[str, Tensor]:
    """The model's default weights, downloaded unless torch has them already, without those of auxiliary heads."""
    weights = build(name, {"weights": "DEFAULT"}, options).state_dict()
    return {key: tensor for key, tensor in weights.items() if not key.startswith("AuxLogits.")}
