"""Keeps old import paths working: `trainables.core.config` is now `trainables.core.settings.config`, and so on."""

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
"""Package -> those of its modules that were direct modules of `trainables.core` in earlier versions."""

TODAY = {f"trainables.core.{name}": f"trainables.core.{room}.{name}" for room, names in ROOMS.items() for name in names}
"""Old full module name -> new full module name."""


class EarlierPaths(MetaPathFinder, Loader):
    """An import hook: an import of the old name gives the module of the new name, as one and the same object."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Called by Python for every module that is not loaded yet. Returns None unless `fullname` is an old name."""
        return ModuleSpec(fullname, self) if fullname in TODAY else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Import the module of the new name and return it."""
        module = importlib.import_module(TODAY[spec.name])
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its own spec back. Python has set that of the old name; the code itself has run already."""
        module.__spec__ = self._own_spec


def keep_earlier_paths() -> None:
    """Install the import hook. Called once, when `trainables.core` is imported."""
    sys.meta_path.append(EarlierPaths())
