"""Acts like a machine on which only torch, torchvision, timm, pandas, pytest and what they need are installed.

Run as a script: whatever else is imported is missing, as far as Python can tell. Trains a model of ours and one of
timm, loads every part of the measurement, and collects the tests marked gpu.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

HERE = {"benchmarks", "tests", "trainables", "__main__"}
NAMED = {"torch", "torchvision", "timm", "pandas", "pytest"}
THEIRS = {
    *("numpy", "PIL", "functorch", "torchgen", "typing_extensions", "sympy", "mpmath", "networkx", "jinja2"),
    *("markupsafe", "yaml", "dateutil", "six", "tzdata", "iniconfig", "packaging", "pluggy"),
    *("pygments", "py", "triton"),
}


class Bare(MetaPathFinder):
    """An import hook that finds only the allowed packages."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Called by Python for each import. Returns None for any other package, as if it were not installed."""
        package = name.partition(".")[0]
        allowed = package.startswith("_") or package in HERE | NAMED | THEIRS | sys.stdlib_module_names
        return PathFinder.find_spec(name, path, target) if allowed else None


def main() -> int:
    """Train, load all parts, collect the tests, and return pytest's exit code."""
    sys.path[:0] = [str(Path(__file__).resolve().parents[2])]
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, Bare()]
    from benchmarks.gpu.parts import PARTS
    from benchmarks.gpu.trainings import METHODS, engine

    for part in PARTS:
        importlib.import_module(part.module)
    for model in ("small", "vit"):
        print("trained", model, engine(model, "cpu", 2, 2).train_epoch(0, METHODS["pugd"]).train_loss)
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # plugins would be there by their entry points
    return int(pytest.main(["-q", "-p", "no:cacheprovider", "-m", "gpu", "tests/trainables/core/gpu"]))


if __name__ == "__main__":
    sys.exit(main())
