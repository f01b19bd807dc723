"""The names of all models, found without loading torch, torchvision or timm."""

import difflib
import importlib.util
import re
import types
from collections.abc import Mapping
from pathlib import Path

from trainables.core.settings.section import ConfigError, require

_MODULES: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "small": ("small",),
        "upanet": ("upanet16",),
        "resnet": tuple(f"resnet{depth}" for depth in (18, 34, 50, 101, 152, 10, 26, 68, 102)),
        "cifar_resnets": (
            *(f"cifar_resnet{depth}" for depth in (20, 56, 110, 302, 602)),
            *(f"wrn{depth}_{width}" for depth in (16, 28) for width in (1, 2, 4, 10)),
        ),
        "mobile_networks": ("mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"),
        "torchvision_forms": ("vgg16_bn", "densenet121", "efficientnet_b0", "mnasnet"),
        "xception": ("xception",),
        "transformers": ("vit", "deit"),
    }
)
"""Module of this package -> the models that it builds."""
BUILT_IN: Mapping[str, str] = types.MappingProxyType(
    {name: f"{__name__.rpartition('.')[0]}.{module}:{name}" for module, names in _MODULES.items() for name in names}
)
"""Name of each model of this package -> the function that builds it."""
WITHOUT_STEM = ("small", "upanet16")
"""Models of this package that have no option `stem`."""
FIRST = tuple(BUILT_IN)[:7]
"""The names that a message lists. The command `rts-search models` lists all."""

TORCHVISION, TIMM = "torchvision/", "timm/"
FORMS = f"{', '.join(FIRST)}, {TORCHVISION}NAME, {TIMM}NAME or package.module:function"
MORE = " (`rts-search models` lists more names)"
WITH_WEIGHTS: Mapping[str, str] = types.MappingProxyType(
    {
        **{name: name for name in FIRST if name.startswith("resnet")},
        **{name: name for name in ("mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large")},
        **{name: name for name in ("vgg16_bn", "densenet121", "efficientnet_b0")},
        "mnasnet": "mnasnet1_0",
    }
)
"""Model of this package that has weights to download, with the stem of large images -> torchvision's name of it."""
ON_TORCHVISION = ("resnet", "mobilenet_v2", "mobilenet_v3", "vgg", "densenet", "efficientnet", "mnasnet", "vit", "deit")
"""How the names of the models of this package begin that torchvision builds."""

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
    known |= {short: f"{short} or {known[short]}" if short in known else short for short in BUILT_IN}
    raise ConfigError("name", f"must be {FORMS}{_hint(name, known)}{MORE if name else ''}", name)


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
    rule = (
        f"must name an importable package: put {package}.py beside the sweep file, install {package!r}, or add its "
        "folder to PYTHONPATH"
    )
    require(_is_importable(package), "name", rule, name)


def _is_importable(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # raised for a loaded module without a spec, such as __main__
        return False
