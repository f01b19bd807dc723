"""Modules of `trainables.core` that lay at its root in earlier versions stay importable under their earlier names."""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

ROOMS = {
    "settings": ("config", "schedules", "section", "timing"),
    "optimizer": ("capture", "cuda_graphs", "fused", "layout", "perturbations", "steps"),
    "history": ("lineage", "passing", "provenance", "record", "replay", "state", "store"),
    "training": ("allocator", "augmentation", "engine", "feed", "gauge", "shuffling"),
}
"""Package of today -> its modules that were modules of `trainables.core`."""

TODAY = {f"trainables.core.{name}": f"trainables.core.{room}.{name}" for room, names in ROOMS.items() for name in names}
"""Full name in earlier versions -> full name of today."""


class EarlierPaths(MetaPathFinder, Loader):
    """Answers an import of an earlier name with the module of today: both names are one module object."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Called by Python for every module that is not loaded yet; None for all names but the earlier ones."""
        return ModuleSpec(fullname, self) if fullname in TODAY else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module of today."""
        module = importlib.import_module(TODAY[spec.name])
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """The module has run under its name of today; Python has given it the other spec, which is undone here."""
        module.__spec__ = self._own_spec


def keep_earlier_paths() -> None:
    """Called once, when `trainables.core` is imported."""
    sys.meta_path.append(EarlierPaths())
