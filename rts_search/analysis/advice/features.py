"""The values of a setting in classes: each name or listed number by itself, a range in parts of equal size."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LEAST = 4
"""Least number of trials in a class. Values with fewer trials say nothing."""
MOST_LISTED = 6
"""A number with at most so many different values is taken value by value."""
CLASS_OF = 12
"""A range of numbers is cut into one class for every so many trials, from 2 to MOST_CLASSES."""
MOST_CLASSES = 5


@dataclass(frozen=True)
class Feature:
    """One setting of all trials."""

    name: str
    classes: tuple[str, ...]
    """The values or ranges, as they are shown."""
    ends: tuple[tuple[float, float], ...] | None
    """Smallest and largest value in each class, for a setting of numbers; None for names."""
    member: NDArray[np.int64]
    """The class of each trial; -1 for a trial that does not use the setting, or whose value is in no class."""
    values: tuple[Any, ...] | None
    """The value of each class, where classes are single values; None for ranges."""


def features_of(settings: pd.DataFrame) -> list[Feature]:
    """The settings that have two or more classes."""
    found = [_feature(str(name), settings[name]) for name in settings.columns]
    return [feature for feature in found if len(feature.classes) >= 2]


def _feature(name: str, column: "pd.Series[Any]") -> Feature:
    used = column.dropna().infer_objects()
    numeric = pd.api.types.is_numeric_dtype(used) and not pd.api.types.is_bool_dtype(used)
    distinct = used.nunique()
    if not numeric or distinct <= MOST_LISTED:
        return _listed(name, column, used, numeric)
    numbers = column.astype(float).to_numpy()
    there = np.isfinite(numbers)
    parts = int(np.clip(there.sum() // CLASS_OF, 2, MOST_CLASSES))
    cuts = np.unique(np.quantile(numbers[there], np.linspace(0, 1, parts + 1)[1:-1]))
    member = np.where(there, np.searchsorted(cuts, numbers, side="right"), -1)
    parts_used = np.unique(member[there])
    of_each = [numbers[member == place] for place in parts_used]
    ends = [(float(own.min()), float(own.max())) for own in of_each]
    member = np.where(there, np.searchsorted(parts_used, member), -1)
    return _kept(name, tuple(f"{low:.3g} to {high:.3g}" for low, high in ends), tuple(ends), member, None)


def _listed(name: str, column: "pd.Series[Any]", used: "pd.Series[Any]", numeric: bool) -> Feature:
    values = sorted(used.unique(), key=None if numeric else str)
    places = {value: place for place, value in enumerate(values)}
    member = np.array([-1 if pd.isna(value) else places[value] for value in column], np.int64)
    ends = tuple((float(value), float(value)) for value in values) if numeric else None
    plain = tuple(value.item() if isinstance(value, np.generic) else value for value in values)
    texts = tuple(f"{value:.3g}" if isinstance(value, float) else str(value) for value in plain)
    return _kept(name, texts, ends, member, plain)


def _kept(
    name: str,
    classes: tuple[str, ...],
    ends: tuple[tuple[float, float], ...] | None,
    member: NDArray[np.int64],
    values: tuple[Any, ...] | None,
) -> Feature:
    """Leave out the classes with too few trials."""
    sizes = np.bincount(member[member >= 0], minlength=len(classes))
    kept = [place for place, size in enumerate(sizes) if size >= LEAST]
    new = np.full(len(classes) + 1, -1, np.int64)
    new[kept] = np.arange(len(kept))
    return Feature(
        name,
        tuple(classes[place] for place in kept),
        None if ends is None else tuple(ends[place] for place in kept),
        new[member],
        None if values is None else tuple(values[place] for place in kept),
    )
