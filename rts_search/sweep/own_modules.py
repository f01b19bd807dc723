"""Lets the files beside a sweep file be imported: those with a user's own model or data set."""

import importlib
import os
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

VARIABLE = "PYTHONPATH"


def own_names(values: Mapping[str, Any]) -> list[str]:
    """The names of the form `module:function` in the plain values of a sweep file, also under `over`."""
    over = values.get("over")
    places = [values, over] if isinstance(over, Mapping) else [values]
    found = []
    for place in places:
        for section in ("dataset", "model"):
            given = place.get(section)
            for one in given if isinstance(given, list) else [given]:
                name = one.get("name") if isinstance(one, Mapping) else one
                found += [name] if isinstance(name, str) and ":" in name else []
    return found


def import_from(folder: Path, names: Iterable[str]) -> None:
    """Let this process, and those that it starts, import the modules of these functions from a folder.

    A module that Python finds elsewhere stays what it is.

    Args:
        folder: that of the sweep file.
        names: such as `mynet:build`.
    """
    for name in names:
        top = name.partition(":")[0].partition(".")[0]
        if top.isidentifier() and _lies_in(folder, top) and not _is_found(top):
            place = str(folder.resolve())
            sys.path.append(place)
            importlib.invalidate_caches()
            paths = [path for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path]
            os.environ[VARIABLE] = os.pathsep.join([*paths, place])


def folder_of(names: Iterable[str]) -> str | None:
    """The folder from which a later command can import the modules of these functions; None where it needs none."""
    for name in names:
        top = name.partition(":")[0].partition(".")[0]
        spec = find_spec(top) if top.isidentifier() and _is_found(top) else None
        if spec is not None and spec.origin is not None and spec.has_location:
            file = Path(spec.origin)
            return str((file.parent.parent if file.name == "__init__.py" else file.parent).resolve())
    return None


def _lies_in(folder: Path, module: str) -> bool:
    return (folder / f"{module}.py").is_file() or (folder / module / "__init__.py").is_file()


def _is_found(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # raised for a loaded module without a spec, such as __main__
        return True
