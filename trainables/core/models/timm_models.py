"""Build timm's classifiers for the images of a data set, and find their published weights."""

from typing import Any

from torch import Tensor, nn

from trainables.core.settings.section import ConfigError, first_line, require


def classifier(name: str, num_classes: int, in_channels: int, image_size: int, options: dict[str, Any]) -> nn.Module:
    """Build timm's model `name`, not pretrained, for images (batch, in_channels, image_size, image_size).

    Raises:
        ConfigError: at `name` for images that the model cannot take or a tag that timm does not know; at `options`
            when timm refuses them or when they set what follows from the data set.
    """
    import timm  # imported here, since it takes seconds and other models do not need it

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
    """The option for the image size of models that are built for one size, such as transformers; else empty."""
    known = _described(name)
    return {"img_size": (image_size, image_size)} if known and known.fixed_input_size else {}


def _described(name: str) -> Any:
    """Return timm's description of a model and its weights; None for a model that never had weights."""
    from timm.models import get_pretrained_cfg

    try:
        return get_pretrained_cfg(name)
    except RuntimeError as error:  # timm does not know the tag after the name
        rule = f"must be a model of timm, with one of its tags or without ({first_line(error)})"
        raise ConfigError("name", rule, f"timm/{name}") from error


def source_of_weights(name: str) -> str:
    """Return from where timm downloads the model's weights, as text. Raises: ConfigError when timm publishes none."""
    known = _described(name)
    rule = "must be a file for this model, because timm publishes no weights for it"
    require(known is not None and known.has_weights, "pretrained", rule, f"timm/{name}")
    return f"{known.architecture}.{known.tag} {known.hf_hub_id or ''} {known.url or ''}"


def published_weights(name: str, in_channels: int, image_size: int, options: dict[str, Any]) -> dict[str, Tensor]:
    """Return the model's published weights, with those of the published head. Downloaded when they are not on disk.

    timm adapts them to the number of channels and the image size.
    """
    import timm

    model: nn.Module = timm.create_model(
        name, pretrained=True, in_chans=in_channels, **_size(name, image_size), **options
    )
    return model.state_dict()
