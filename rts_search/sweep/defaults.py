"""What a new sweep file may leave out: model, training, space and number of trials. The data set must be given."""

import types
from collections.abc import Mapping
from typing import Any

DEFAULT_MODEL, DEFAULT_SPACE, DEFAULT_TRIALS = "small", "rts", 24
DEFAULT_TRAINING: Mapping[str, Any] = types.MappingProxyType({"epochs": 12, "batch_size": 32, "lr": 0.05})
"""The settings of `training` that its section needs. Those that the space draws have no default."""
NO_DATASET = (
    "must be given: the data to train on, such as digits, or {name: imagefolder, root: FOLDER}; "
    "`rts-search init FOLDER` writes a sweep file for a folder of images"
)


def with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of a sweep file with the defaults of what it leaves out.

    A record of a sweep has all settings, and takes none from here.
    """
    found = {"model": DEFAULT_MODEL, "space": DEFAULT_SPACE, "training": {}, "search": {}, **values}
    if isinstance(found["training"], Mapping):
        drawn = _section(_section(found, "space"), "training")
        needed = {name: value for name, value in DEFAULT_TRAINING.items() if drawn.get(name) is None}
        found["training"] = {**needed, **found["training"]}
    search = found["search"]
    if isinstance(search, Mapping):
        limited = _section(values, "budget").get("trials") is not None or search.get("sampler") == "grid"
        if search.get("trials") is None and not limited:
            found["search"] = {**search, "trials": DEFAULT_TRIALS}
    return found


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def tell_defaults(schema: dict[str, Any]) -> None:
    """Enter the defaults into the JSON Schema of sweep files."""
    properties = schema["properties"]
    for name, value in {"model": DEFAULT_MODEL, "training": {}, "space": DEFAULT_SPACE, "search": {}}.items():
        properties[name]["default"] = value
    schema["required"] = ["dataset"]  # the name of the file is the default name
    training = schema["$defs"]["TrainingConfig"]
    for name, value in DEFAULT_TRAINING.items():
        training["properties"][name]["default"] = value
    training["required"] = [name for name in training["required"] if name not in DEFAULT_TRAINING]
