"""The names of all models, found without loading torch, torchvision or timm."""

import difflib
import importlib.util
import re
import types
from collections.abc import Mapping
from pathlib import Path

from trainables.core.settings.section import ConfigError, require

BUILT_IN: Mapping[str, str] = types.MappingProxyType(
    {
        "small": "trainables.core.models.small:small",
        "upanet16": "trainables.core.models.upanet:upanet16",
        **{f"resnet{depth}": f"trainables.core.models.resnet:resnet{depth}" for depth in (18, 34, 50, 101, 152)},
    }
)
"""Name of each model of this package -> the function that builds it."""

TORCHVISION, TIMM = "torchvision/", "timm/"
FORMS = f"{', '.join(BUILT_IN)}, {TORCHVISION}NAME, {TIMM}NAME or package.module:function"

# Both libraries put this decorator in front of every public model; the first function after it is the model.
_REGISTERED = re.compile(r"^@register_model\b.*?^def (\w+)\(", re.MULTILINE | re.DOTALL)


def torchvision_classifiers() -> tuple[str, ...]:
    """Return the names of torchvision's classification models, sorted; empty when torchvision is not installed.

    They are read from the source files directly under torchvision/models. Models for other tasks, such as detection or
    video, are in subfolders.
    """
    return _registered("torchvision")


def timm_classifiers() -> tuple[str, ...]:
    """Return the names of timm's models, sorted, without their tags; empty when timm is not installed."""
    return _registered("timm")


def _registered(library: str) -> tuple[str, ...]:
    spec = importlib.util.find_spec(library)  # finds a top-level package without importing it
    if spec is None or spec.origin is None:
        return ()
    sources = (Path(spec.origin).parent / "models").glob("*.py")
    return tuple(sorted(name for path in sources for name in _REGISTERED.findall(path.read_text(encoding="utf-8"))))


def check_model_name(name: str) -> None:
    """Check that there is a model of this name.

    For package.module:function, only the form and that the package exists are checked; it is not imported.

    Raises:
        ConfigError: at `name`, with the most similar known names.
    """
    if name in BUILT_IN:
        return
    if ":" in name:
        _check_function(name)
        return
    if name.startswith(TIMM):
        listed = timm_classifiers()
        require(bool(listed), "name", "needs timm: pip install 'rts-search[timm]'", name)
        _check_listed(name.partition(".")[0], TIMM, listed)  # after the dot is a tag of weights, which timm checks
        return
    if name.startswith(TORCHVISION):
        _check_listed(name, TORCHVISION, torchvision_classifiers())
        return
    known = {short: TIMM + short for short in timm_classifiers()}
    known |= {short: TORCHVISION + short for short in torchvision_classifiers()}
    known |= {short: short for short in BUILT_IN}
    raise ConfigError("name", f"must be {FORMS}{_hint(name, known)}", name)


def _check_listed(name: str, prefix: str, listed: tuple[str, ...]) -> None:
    library, _, short = name.partition("/")
    hint = _hint(short, {known: prefix + known for known in listed})
    require(short in listed, "name", f"must be a classification model of {library}{hint}", name)


def _hint(name: str, known: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name, known)
    return f" (did you mean {' or '.join(known[match] for match in close)}?)" if close else ""


def _check_function(name: str) -> None:
    module, _, function = name.partition(":")
    identifiers = (*module.split("."), function)
    require(
        all(part.isidentifier() for part in identifiers), "name", "must have the form package.module:function", name
    )
    package = identifiers[0]
    rule = f"must name an importable package: install {package!r} or add its folder to PYTHONPATH"
    require(_is_importable(package), "name", rule, name)


def _is_importable(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # raised for a loaded module without a spec, such as __main__
        return False
