"""Load pretrained weights into a model. A head (last layer) of another shape keeps its own initial weights."""

import io
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from trainables.core.models import timm_models, torchvision_models
from trainables.core.models.catalogue import TIMM, TORCHVISION
from trainables.core.models.weights import MissingWeightsError, published_as, read_weights
from trainables.core.settings.config import DEFAULT_WEIGHTS, ModelConfig
from trainables.core.settings.section import ConfigError, first_line, require

WRAPPERS = ("state_dict", "model")
"""Keys under which checkpoints of training programs store the weights, next to other things."""


def load_pretrained(model: nn.Module, config: ModelConfig, in_channels: int, image_size: int) -> None:
    """Load `config.pretrained` into a newly built model for images (batch, in_channels, image_size, image_size).

    The head keeps its initial weights when the file has none for it, or weights of another shape.

    Raises:
        ConfigError: at `pretrained`: the weights cannot be read, or a layer other than the head does not fit;
            MissingWeightsError when the weights cannot be found.
    """
    assert config.pretrained is not None
    if config.pretrained == DEFAULT_WEIGHTS:
        given = _published(config, in_channels, image_size)
    else:
        given = _from_file(config.pretrained)
    wanted, head = model.state_dict(), head_of(model)
    own = {name: tensor for name, tensor in wanted.items() if is_under(name, head)}
    if {name: tensor.shape for name, tensor in given.items() if is_under(name, head)} != {
        name: tensor.shape for name, tensor in own.items()
    }:
        given = {name: tensor for name, tensor in given.items() if not is_under(name, head)} | own
    misfits = _misfits(given, wanted)
    more = f", and {len(misfits) - 1} more" if len(misfits) > 1 else ""
    rule = f"must fit {config.name}, but {misfits[0] if misfits else ''}{more}"
    require(not misfits, "pretrained", rule, config.pretrained)
    load_tensors(model, given)


def load_tensors(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Load all parameters and buffers by name. Raises: RuntimeError when one does not fit, is missing or is unknown."""
    state = OrderedDict(tensors)
    # Some models, such as MNASNet, convert tensors of old releases. Without the metadata, they would convert these too.
    state._metadata = model.state_dict()._metadata  # type: ignore[attr-defined]
    model.load_state_dict(state)


def head_of(model: nn.Module) -> tuple[str, ...]:
    """Return the names of the layers that map features to classes: those that timm names for its models, else the last.

    The last layer is the last module with its own parameters, in the order in which the model registers them. That is
    the head in all models of torchvision and of this package.
    """
    layers = {name: module for name, module in model.named_modules() if name}
    described = getattr(model, "pretrained_cfg", None)
    named = described.get("classifier") if isinstance(described, Mapping) else None
    known = tuple(name for name in ([named] if isinstance(named, str) else named or ()) if name in layers)
    last = [name for name, module in layers.items() if module._parameters][-1:]
    return known or tuple(last)


def parameter_groups(model: nn.Module, head_lr_factor: float) -> list[dict[str, Any]]:
    """Return the named parameters in groups for an optimizer.

    `lr_factor` of a group is what its learning rate is multiplied with: head_lr_factor for the head, 1 for the rest.
    """
    named, head = list(model.named_parameters()), head_of(model)
    if head_lr_factor == 1.0:
        return [{"params": named, "lr_factor": 1.0}]
    parts = (
        ([(name, parameter) for name, parameter in named if not is_under(name, head)], 1.0),
        ([(name, parameter) for name, parameter in named if is_under(name, head)], head_lr_factor),
    )
    return [{"params": part, "lr_factor": factor} for part, factor in parts if part]


def is_under(name: str, layers: tuple[str, ...]) -> bool:
    """Whether a parameter belongs to one of the layers."""
    return any(name.startswith(f"{layer}.") for layer in layers)


def _misfits(given: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> list[str]:
    found = []
    for name, tensor in wanted.items():
        if name not in given:
            found.append(f"{name} is missing")
        elif given[name].shape != tensor.shape:
            found.append(f"{name} is {tuple(given[name].shape)} there and {tuple(tensor.shape)} in the model")
    return found + [f"{name} is no part of the model" for name in given if name not in wanted]


def _published(config: ModelConfig, in_channels: int, image_size: int) -> dict[str, Tensor]:
    """Return the weights that the model's library publishes, including those of the head. Downloaded if needed."""
    library = str(published_as(config.name))
    # Options of this package's functions alone; weights that do not fit another width are refused as a misfit.
    own = () if library == config.name else ("stem", "width")
    options = {name: value for name, value in config.options.items() if name not in own}
    try:
        if library.startswith(TIMM):
            name = library.removeprefix(TIMM)
            return timm_models.published_weights(name, in_channels, image_size, options)
        return torchvision_models.published_weights(library.removeprefix(TORCHVISION), options)
    except Exception as error:  # the model could be built, so the download failed or the weights do not fit it
        rule = f"must be weights that can be downloaded and fit {config.name} ({first_line(error)})"
        raise MissingWeightsError("pretrained", rule, DEFAULT_WEIGHTS) from error


def _from_file(file: str) -> dict[str, Tensor]:
    content = read_weights(file)
    try:
        if file.endswith(".safetensors"):
            from safetensors.torch import load  # imported here, since training from random weights does not need it

            return load(content)
        loaded: Any = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file raises anything, from KeyError to UnpicklingError
        rule = f"must be a file of weights that can be read without running code from it ({first_line(error)})"
        raise ConfigError("pretrained", rule, file) from error
    for wrapper in WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
    tensors = isinstance(loaded, Mapping) and all(isinstance(value, Tensor) for value in loaded.values())
    rule = f"must hold tensors by their names, alone or under {' or '.join(WRAPPERS)}"
    require(tensors, "pretrained", rule, file)
    return dict(loaded)
