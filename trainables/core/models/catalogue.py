"""Which model names exist, answered without loading torch or torchvision."""

import difflib
import importlib.util
import re
import types
from collections.abc import Mapping
from pathlib import Path

from trainables.core.section import ConfigError, require

BUILT_IN: Mapping[str, str] = types.MappingProxyType(
    {
        "small": "trainables.core.models.small:small",
        "upanet16": "trainables.core.models.upanet:upanet16",
        **{f"resnet{depth}": f"trainables.core.models.resnet:resnet{depth}" for depth in (18, 34, 50, 101, 152)},
    }
)
"""Every model with a name of its own, with the function that builds it."""

TORCHVISION = "torchvision/"
FORMS = f"{', '.join(BUILT_IN)}, {TORCHVISION}NAME or package.module:function"

# torchvision marks every public model so; the first function after the mark is the model.
_REGISTERED = re.compile(r"^@register_model\(.*?^def (\w+)\(", re.MULTILINE | re.DOTALL)


def torchvision_classifiers() -> tuple[str, ...]:
    """Names of torchvision's classification models, sorted; empty where torchvision is not installed.

    Read from the sources directly under torchvision/models, which are the classifiers; detection, segmentation,
    video and the others lie in folders of their own.
    """
    spec = importlib.util.find_spec("torchvision")  # finds a top-level package without importing it
    if spec is None or spec.origin is None:
        return ()
    sources = (Path(spec.origin).parent / "models").glob("*.py")
    return tuple(sorted(name for path in sources for name in _REGISTERED.findall(path.read_text(encoding="utf-8"))))


def check_model_name(name: str) -> None:
    """Refuse a name that no model can be built from.

    Of package.module:function only the form and the presence of the package are checked: it is not imported.

    Raises:
        ConfigError: at `name`, with the closest known names.
    """
    if name in BUILT_IN:
        return
    if ":" in name:
        _check_function(name)
        return
    classifiers = torchvision_classifiers()
    if name.startswith(TORCHVISION) and name.removeprefix(TORCHVISION) in classifiers:
        return
    full_names = {known: TORCHVISION + known for known in classifiers}
    if not name.startswith(TORCHVISION):
        full_names |= {known: known for known in BUILT_IN}
    close = difflib.get_close_matches(name.removeprefix(TORCHVISION), full_names)
    hint = f" (did you mean {' or '.join(full_names[known] for known in close)}?)" if close else ""
    kind = "a classification model of torchvision" if name.startswith(TORCHVISION) else FORMS
    raise ConfigError("name", f"must be {kind}{hint}", name)


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
    except ValueError:  # a module that was not imported from a file, such as __main__
        return False
