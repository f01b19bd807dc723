"""Check a model's `pretrained` setting and identify the weights by their content. Loads no torch."""

import hashlib
from pathlib import Path

from trainables.core.file_kinds import require_file
from trainables.core.models.catalogue import TIMM, TORCHVISION, WITH_WEIGHTS
from trainables.core.settings.config import DEFAULT_WEIGHTS, ModelConfig
from trainables.core.settings.section import ConfigError, first_line, require

SUFFIXES = (".safetensors", ".pt", ".pth")


class MissingWeightsError(ConfigError):
    """The pretrained weights cannot be found: there is no such file, or the download failed."""


def check_pretrained(config: ModelConfig) -> None:
    """Check that the pretrained weights can be found. No file is read in full, and nothing is downloaded.

    Raises:
        ConfigError: at `pretrained`; MissingWeightsError when there is no such file.
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
    rule = f"must be a file for {name}: only models of torchvision and timm, and {', '.join(WITH_WEIGHTS)} have some"
    require(library is not None, "pretrained", rule, pretrained)
    rule = f"needs options.stem imagenet for {name}, whose published weights have that stem"
    fits = library == name or config.options.get("stem") == "imagenet"
    require(fits, "pretrained", rule, pretrained)


def published_as(name: str) -> str | None:
    """The library's name of a model that has weights to download, such as torchvision/resnet18; None for others."""
    if name in WITH_WEIGHTS:
        return TORCHVISION + WITH_WEIGHTS[name]
    return name if name.startswith((TORCHVISION, TIMM)) else None


def weights_identity(config: ModelConfig) -> str | None:
    """Return the SHA-256 of the file of weights, or the address from which the library downloads them.

    None when the model is not pretrained.

    Raises:
        ConfigError: at `pretrained`; MissingWeightsError when there is no such file.
    """
    if config.pretrained is None:
        return None
    if config.pretrained != DEFAULT_WEIGHTS:
        return hashlib.sha256(read_weights(config.pretrained)).hexdigest()
    check_pretrained(config)
    from trainables.core.models import timm_models, torchvision_models  # imported here, since they load torch

    library = str(published_as(config.name))
    if library.startswith(TIMM):
        return timm_models.source_of_weights(library.removeprefix(TIMM))
    return torchvision_models.source_of_weights(library.removeprefix(TORCHVISION))


def read_weights(file: str, size: int = -1) -> bytes:
    """Return the first `size` bytes of a file of weights, or all of them for -1. Raises: MissingWeightsError."""
    try:
        require_file(file)
        with Path(file).open("rb") as opened:
            return opened.read(size)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise MissingWeightsError("pretrained", f"must be a file that can be read ({reason})", file) from error
