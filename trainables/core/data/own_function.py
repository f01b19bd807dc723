"""A user's own data: a function `package.module:function` that returns the images and labels as arrays."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.data.parts import Part, Source
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError, first_line, require

FORM = "package.module:function"
NEEDED = ("train_images", "train_labels", "test_images", "test_labels")
KEYS = (*NEEDED, "classes")


def check(config: DatasetConfig) -> None:
    """Import the module and find the function, without calling it. Raises: ConfigError."""
    _resolve(config.name)


def load(config: DatasetConfig) -> Source:
    """Call the function without arguments and check what it returns.

    It returns a mapping. Images are uint8 (n, height, width) or (n, height, width, 1 or 3), square; labels are integers
    (n,) from 0 to the number of classes - 1, and each class has training images. `classes`, names in the order of the
    labels, may be left out: then they are the labels as texts.

    Raises:
        ConfigError: at `name`, when the function raises or returns something else.
    """
    returned = _call(config.name)
    try:
        return _source(returned)
    except ValueError as error:
        rule = f"must name a function whose {first_line(error)}"
        raise ConfigError("name", rule, config.name) from error


def _resolve(name: str) -> Callable[[], Any]:
    module, _, function = name.partition(":")
    formed = all(part.isidentifier() for part in (*module.split("."), function))
    require(formed, "name", f"must have the form {FORM}", name)
    try:
        found: Any = getattr(importlib.import_module(module), function, None)
    except ModuleNotFoundError as error:
        rule = f"must name a module that can be imported ({first_line(error)}): put it beside the "
        rule += "sweep file, install it, or add its folder to PYTHONPATH"
        raise ConfigError("name", rule, name) from error
    except (Exception, SystemExit) as error:  # the module is the user's own code
        raise ConfigError("name", f"must name a module that can be imported ({_told(error)})", name) from error
    require(callable(found), "name", f"must name a function that {module} has", name)
    return found  # type: ignore[no-any-return]


def _call(name: str) -> Any:
    function = _resolve(name)
    try:
        return function()
    except (Exception, SystemExit) as error:  # it is the user's own code
        rule = f"must name a function that returns arrays when it is called without arguments ({_told(error)})"
        raise ConfigError("name", rule, name) from error


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {first_line(error)}"


def _source(returned: Any) -> Source:
    """Check the returned values in order. Raises: ValueError, whose message goes on after "a function whose"."""
    _require(isinstance(returned, Mapping), f"result is a mapping with {', '.join(NEEDED)}, not {_kind(returned)}")
    odd = next((key for key in returned if key not in KEYS), None)
    _require(odd is None, f"result has the keys {', '.join(KEYS)} alone, not {odd!r:.80}")
    lacking = next((key for key in NEEDED if key not in returned), None)
    _require(lacking is None, f"result has {', '.join(NEEDED)}; {lacking} is missing")
    train, test = (_part(returned, part) for part in ("train", "test"))
    rule = f"test_images have the shape of train_images {_shape(train)}, not {_shape(test)}"
    _require(train.shape == test.shape, rule)
    classes = _classes(returned.get("classes"), train)
    for name, part in (("train_labels", train), ("test_labels", test)):
        outside = next((label for label in np.unique(part.labels) if not 0 <= label < len(classes)), None)
        rule = f"{name} are from 0 to {len(classes) - 1}, one number for each class, but one is {outside}"
        _require(outside is None, rule)
    absent = next(iter(np.setdiff1d(np.arange(len(classes)), train.labels)), None)
    _require(absent is None, f"train_labels have every class, but none is {absent}")
    return Source(train, test, classes)


def _part(returned: Mapping[str, Any], part: str) -> Part:
    images, labels = _images(returned, f"{part}_images"), _labels(returned, f"{part}_labels")
    rule = f"{part}_images and {part}_labels have the same length, not {len(images)} and {len(labels)}"
    _require(len(images) == len(labels), rule)
    _require(len(images) > 0, f"{part}_images have at least one image")
    return Part(images, labels)


def _images(returned: Mapping[str, Any], key: str) -> NDArray[np.uint8]:
    """Return the images as (n, channels, height, width), without a copy."""
    images = _array(returned[key], key)
    if images.dtype != np.uint8:
        raise ValueError(f"{key} are uint8, not {images.dtype}{_nan(images)}: {_conversion(images)}")
    grey = images.ndim == 3
    shaped = grey or (images.ndim == 4 and images.shape[3] in (1, 3))
    way = ": transpose them by (0, 2, 3, 1)" if images.ndim == 4 and images.shape[1] in (1, 3) else ""
    _require(shaped, f"{key} are (n, h, w) or (n, h, w, 1 or 3), not {images.shape}{way}")
    height, width = images.shape[1:3]
    rule = f"{key} are square and not empty, not {height} x {width} pixels: crop or resize them"
    _require(height == width > 0, rule)
    return images[:, None] if grey else images.transpose(0, 3, 1, 2)


def _conversion(images: NDArray[Any]) -> str:
    if images.dtype.kind == "f":
        return f"with values in [0, 1], convert them by (images * 255).round().astype('uint8'){_repair(images)}"
    return "bring them to 0..255 and convert them by images.astype('uint8')"


def _nan(images: NDArray[Any]) -> str:
    return " with NaN" if images.dtype.kind == "f" and bool(np.isnan(images).any()) else ""


def _repair(images: NDArray[Any]) -> str:
    return " after replacing what is NaN" if _nan(images) else ""


def _labels(returned: Mapping[str, Any], key: str) -> NDArray[np.int64]:
    labels = _array(returned[key], key)
    way = f"{_nan(labels)}: convert them by labels.astype('int64')" if labels.dtype.kind == "f" else ""
    _require(labels.dtype.kind in "iu", f"{key} are integers, not {labels.dtype}{way}")
    _require(labels.ndim == 1, f"{key} are (n,), not {labels.shape}")
    return labels.astype(np.int64)


def _classes(names: Any, train: Part) -> tuple[str, ...]:
    if names is None:
        found = np.unique(train.labels)
        odd = next((label for place, label in enumerate(found) if label != place), None)
        rule = f"train_labels are 0, 1 and so on without a gap, but the labels are {_listed(found)}"
        _require(odd is None, rule)
        _require(len(found) >= 2, "train_labels have 2 or more classes, not 1")
        names = [str(label) for label in found]
    listed = list(names) if isinstance(names, list | tuple | np.ndarray) else []
    right = len(listed) >= 2 and all(isinstance(name, str) for name in listed) and len(set(listed)) == len(listed)
    _require(right, f"classes are 2 or more texts, each once, not {listed or names!r:.80}")
    return tuple(str(name) for name in listed)


def _listed(found: NDArray[np.int64]) -> str:
    return f"{', '.join(map(str, found[:5]))}{' ...' if len(found) > 5 else ''}"


def _array(values: Any, key: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except Exception as error:  # lists of unequal lengths, or an object of another library
        raise ValueError(f"{key} are an array ({first_line(error)})") from error


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise ValueError(rule)


def _shape(part: Part) -> str:
    channels, height, width = part.shape
    return f"({height}, {width}, {channels})"


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}"
