"""The folders of data that a sweep sent to the service may use."""

from collections.abc import Sequence
from pathlib import Path

MOST = 200
"""So many folders are offered at most."""


def data_folders(roots: Sequence[Path]) -> list[str]:
    """The data roots and the folders directly in them, by name. A folder that cannot be read is left out."""
    found: list[str] = []
    for root in roots:
        found.append(str(root.resolve()))
        try:
            inner = sorted(one for one in root.resolve().iterdir() if one.is_dir() and not one.name.startswith("."))
        except OSError:
            continue
        found.extend(map(str, inner))
    return found[:MOST]
