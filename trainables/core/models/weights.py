"""Which weights a model begins with besides those of its seed: refused early, and known by their content; no torch."""

import hashlib
from pathlib import Path

from trainables.core.models.catalogue import BUILT_IN, TIMM, TORCHVISION
from trainables.core.settings.config import DEFAULT_WEIGHTS, ModelConfig
from trainables.core.settings.section import ConfigError, first_line, require

SUFFIXES = (".safetensors", ".pt", ".pth")


class MissingWeightsError(ConfigError):
    """Pretrained weights that are not there: no such file, or nothing that can be downloaded."""


def check_pretrained(config: ModelConfig) -> None:
    """Refuse pretrained weights that cannot be had. A file's content is not looked at, and nothing is downloaded.

    Raises:
        ConfigError: at `pretrained`; MissingWeightsError where there is no such file.
    """
    name, pretrained = config.name, config.pretrained
    if pretrained is None:
        return
    if pretrained != DEFAULT_WEIGHTS:
        rule = f"must be {DEFAULT_WEIGHTS} or a file that ends in {', '.join(SUFFIXES)}"
        require(Path(pretrained).suffix in SUFFIXES, "pretrained", rule, pretrained)
        read_weights(pretrained, 1)
        return
    library = published_as(name)
    rule = f"must be a file for {name}: only models of torchvision and timm and the ResNets have weights to download"
    require(library is not None, "pretrained", rule, pretrained)
    rule = f"needs options.stem imagenet for {name}, whose published weights have that stem"
    fits = library == name or config.options.get("stem") == "imagenet"
    require(fits, "pretrained", rule, pretrained)


def published_as(name: str) -> str | None:
    """The name with its library under which a model has weights to download; None for one that has none."""
    if name in BUILT_IN and name.startswith("resnet"):
        return TORCHVISION + name
    return name if name.startswith((TORCHVISION, TIMM)) else None


def weights_identity(config: ModelConfig) -> str | None:
    """Hash of the file that a model begins with, or where its library publishes the weights; None for neither.

    Raises:
        ConfigError: at `pretrained`; MissingWeightsError where there is no such file.
    """
    if config.pretrained is None:
        return None
    if config.pretrained != DEFAULT_WEIGHTS:
        return hashlib.sha256(read_weights(config.pretrained)).hexdigest()
    check_pretrained(config)
    from trainables.core.models import timm_models, torchvision_models  # the libraries alone know what they publish

    library = str(published_as(config.name))
    if library.startswith(TIMM):
        return timm_models.source_of_weights(library.removeprefix(TIMM))
    return torchvision_models.source_of_weights(library.removeprefix(TORCHVISION))


def read_weights(file: str, size: int = -1) -> bytes:
    """The first bytes of a file of weights, or all. Raises: MissingWeightsError."""
    try:
        with Path(file).open("rb") as opened:
            return opened.read(size)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise MissingWeightsError("pretrained", f"must be a file that can be read ({reason})", file) from error
