"""The sizes of the models of a task, as `rts-search models` counts them. It loads torch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch

from rts_search.analysis.tasks.cells import Cell
from trainables.core.data import CacheError, load_dataset
from trainables.core.models.build import build_model
from trainables.core.models.sizes import Size, size_of
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.section import ConfigError, first_line


@dataclass(frozen=True)
class Counted:
    """The size of a model, or why it is not known."""

    size: Size | None
    refusal: str = ""


def sizes_of(cell: Cell) -> Mapping[str, Counted]:
    """rts and each rival -> the size of the model that was confirmed. Of methods without a config nothing is known."""
    if not cell.configs:
        return {}
    try:
        images = _images(cell)
    except (ConfigError, CacheError) as error:
        return {method: Counted(None, f"its images cannot be read: {error}") for method in cell.configs}
    found: dict[str, Counted] = {}
    for config in cell.configs.values():
        if (key := _key(config)) not in found:
            found[key] = _counted(config, *images)
    return {method: found[_key(config)] for method, config in cell.configs.items()}


def _key(config: TrialConfig) -> str:
    return f"{config.model.to_dict()} {config.training.augmentation.crop_size}"


def _counted(config: TrialConfig, classes: int, channels: int, image_size: int) -> Counted:
    """The size of the model for the images that it sees."""
    seen = config.training.augmentation.seen(image_size)
    try:
        with torch.device("meta"):  # shapes without values: no weights are loaded, and it takes milliseconds
            model = build_model(replace(config.model, pretrained=None), classes, channels, seen)
        return Counted(size_of(model, channels, seen))
    except Exception as error:  # a user's own model may raise anything
        return Counted(None, f"{config.model.name} cannot be counted: {first_line(error)}")


def _images(cell: Cell) -> tuple[int, int, int]:
    """Number of classes, channels, and height and width of the images. Raises: ConfigError, CacheError."""
    facts = cell.data
    if facts is not None and facts.class_counts and facts.channels and facts.image_size:
        return len(facts.class_counts), facts.channels, facts.image_size
    data = load_dataset(next(iter(cell.configs.values())).dataset)  # a sweep of an earlier version
    return len(data.classes), data.in_channels, data.image_size
