"""Trying a model on its data before anything starts: the only part of the service besides training that needs torch."""

import torch

from rts_search.errors import UserError, refused
from trainables.core.config import ModelConfig
from trainables.core.data import Dataset
from trainables.core.models.build import build_model
from trainables.core.section import ConfigError, first_line


def require_model(config: ModelConfig, data: Dataset, batch_size: int, place: str) -> None:
    """Build a model for the data and train it for a moment. Raises: UserError when it cannot work."""
    try:
        model = build_model(config, len(data.classes), data.in_channels, data.image_size)
        images = torch.zeros(min(batch_size, 2), data.in_channels, data.image_size, data.image_size)
        model(images).sum().backward()
    except ConfigError as error:
        raise refused(place, error.within("model")) from error
    except Exception as error:  # a user's own model may raise anything
        raise UserError(
            f"{place}: model.name: {config.name!r} cannot train on this data: {first_line(error)}"
        ) from error
