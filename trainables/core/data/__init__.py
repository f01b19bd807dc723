"""Data sets: labelled images in a training, a validation and a test part. Loads no torch."""

from trainables.core.data.cache import CacheError
from trainables.core.data.notes import notes
from trainables.core.data.parts import Dataset, Part
from trainables.core.data.registry import check_dataset, load_dataset

__all__ = ["CacheError", "Dataset", "Part", "check_dataset", "load_dataset", "notes"]
