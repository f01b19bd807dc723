"""Find which libraries besides torch define a model, and their versions, since another release may compute others."""

import ast
import functools
import importlib.util
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from trainables.core.models.catalogue import BUILT_IN, ON_TORCHVISION, TORCHVISION
from trainables.core.models.weights import published_as

LIBRARIES = ("timm", "torchvision")
"""Libraries of models whose distribution has the same name as the package."""
KNOWN = ("torch", "trainables")
"""Packages that every model uses. They are left out here: the provenance has torch's version already."""


def libraries_of(model_name: str) -> dict[str, str]:
    """Return distribution -> version of the libraries that define a model; empty for a model of this package.

    For a user's own model, these are the package that holds its file and the packages that the file imports. The
    content of the file itself is part of the address.
    """
    built_on = TORCHVISION if model_name in BUILT_IN and model_name.startswith(ON_TORCHVISION) else None
    library = published_as(model_name) or built_on
    if library is not None:
        return _versions({library.partition("/")[0]})
    if ":" not in model_name:
        return {}
    module = model_name.partition(":")[0]
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return {}
    packages = {module.partition(".")[0], *_imported(Path(spec.origin))}
    return _versions({package for package in packages if package not in {*KNOWN, *sys.stdlib_module_names}})


def _imported(source: Path) -> Iterator[str]:
    """Yield the top-level packages that a file imports; none when it is not Python source."""
    try:
        tree = ast.parse(source.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def _versions(packages: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for package in sorted(packages):
        for name in [package] if package in LIBRARIES else _distributions().get(package, []):
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                continue
    return found


@functools.cache
def _distributions() -> dict[str, list[str]]:
    return {package: sorted(set(names)) for package, names in packages_distributions().items()}
