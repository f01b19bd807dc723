"""Build a model for its data and try one training step, before a sweep or a training starts."""

from dataclasses import asdict, dataclass

import torch

from rts_search.basics.errors import UserError, refused
from trainables.core.data import Dataset
from trainables.core.models.bsconv import rewriting_of
from trainables.core.models.build import build_model
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError, first_line, require

ONLY_THE_STEM = (
    "must be left out for {}, since it would change only the stem ({} of {} convolutions larger than one pixel); "
    "blueprint forms of separable blocks come with a later release"
)


@dataclass(frozen=True)
class ModelFacts:
    """The size of a model that was built for the data."""

    parameters: int
    """Number of trainable parameters."""
    rewritten: int
    """Number of convolutions that `model.bsconv` has replaced by blueprint separable ones."""
    convolutions: int
    """Number of convolutions whose kernel is larger than one pixel, with the replaced ones."""

    def to_dict(self) -> dict[str, int]:
        """Plain values; every name starts with `model_`."""
        return {f"model_{name}": value for name, value in asdict(self).items()}

    def told(self, config: ModelConfig) -> str:
        """The facts as text, such as `mobilenet with 3,217,226 parameters`."""
        bsconv = f", {self.rewritten} of its {self.convolutions} convolutions larger than one pixel rewritten"
        return f"{config.name} with {self.parameters:,} parameters{bsconv if config.bsconv else ''}"


def require_model(config: ModelConfig, data: Dataset, batch_size: int, place: str) -> ModelFacts:
    """Build a model for the data, and run it forward and backward once. Raises: UserError when this fails."""
    try:
        model = build_model(config, len(data.classes), data.in_channels, data.image_size)
        found = rewriting_of(model)
        rule = ONLY_THE_STEM.format(config.name, found.rewritten, found.spatial)
        require(not found.only_the_stem, "bsconv", rule, config.bsconv)
        images = torch.zeros(min(batch_size, 2), data.in_channels, data.image_size, data.image_size)
        model(images).sum().backward()
    except ConfigError as error:
        raise refused(place, error.within("model")) from error
    except Exception as error:  # a user's own model may raise anything
        raise UserError(
            f"{place}: model.name: {config.name!r} cannot train on this data: {first_line(error)}"
        ) from error
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    return ModelFacts(trained, found.rewritten, found.spatial)
