"""timm's classifiers, fitted to the images of a data set."""

from typing import Any

from torch import Tensor, nn

from trainables.core.settings.section import ConfigError, first_line, require


def classifier(name: str, num_classes: int, in_channels: int, image_size: int, options: dict[str, Any]) -> nn.Module:
    """timm's model `name`, without pretrained weights, for images (batch, in_channels, image_size, image_size).

    Raises:
        ConfigError: at `name` for images that the model cannot take or a tag that timm does not know; at `options`
            when timm refuses them or they set what follows from the data set.
    """
    import timm  # takes seconds, which no other model need pay

    arguments = {"num_classes": num_classes, "in_chans": in_channels, **_size(name, image_size)}
    for option in arguments:
        rule = f"must not set {option}, which follows from the data set"
        require(option not in options, "options", rule, options)
    for option in ("pretrained", "checkpoint_path"):
        require(option not in options, "options", f"must not set {option}: set model.pretrained", options)
    try:
        model: nn.Module = timm.create_model(name, **arguments, **options)
    except TypeError as error:
        rule = f"must be keyword arguments that timm's {name} takes ({first_line(error)})"
        raise ConfigError("options", rule, options) from error
    except (ValueError, AssertionError, RuntimeError, KeyError) as error:
        given = arguments | options
        rule = f"must be buildable with {given}: change them, dataset.image_size or the model ({first_line(error)})"
        raise ConfigError("name", rule, f"timm/{name}") from error
    return model


def _size(name: str, image_size: int) -> dict[str, Any]:
    """The image size, for models that are built for one, such as transformers; the others take any."""
    known = _described(name)
    return {"img_size": (image_size, image_size)} if known and known.fixed_input_size else {}


def _described(name: str) -> Any:
    """What timm knows of a model and its weights; None for one that never had any."""
    from timm.models import get_pretrained_cfg

    try:
        return get_pretrained_cfg(name)
    except RuntimeError as error:  # a tag after the name that timm does not know
        rule = f"must be a model of timm, with one of its tags or without ({first_line(error)})"
        raise ConfigError("name", rule, f"timm/{name}") from error


def source_of_weights(name: str) -> str:
    """Where timm downloads the model's weights, by its tag or its default. Raises: ConfigError when it has none."""
    known = _described(name)
    rule = "must be a file for this model, of which timm publishes no weights"
    require(known is not None and known.has_weights, "pretrained", rule, f"timm/{name}")
    return f"{known.architecture}.{known.tag} {known.hf_hub_id or ''} {known.url or ''}"


def published_weights(name: str, in_channels: int, image_size: int, options: dict[str, Any]) -> dict[str, Tensor]:
    """The model's weights in their own head, downloaded unless they are there, fitted by timm to channels and size."""
    import timm

    model: nn.Module = timm.create_model(
        name, pretrained=True, in_chans=in_channels, **_size(name, image_size), **options
    )
    return model.state_dict()
