"""The MD5 checks of CIFAR and Oxford Flowers 102, which small data sets cannot pass."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trainables.core.data import cifar, flowers102

READ_FILE = cifar.read_file


def count_as_published(folder: Path, put: Callable[[Any, str, object], None] = setattr) -> None:
    """Make the small archives in a folder count as the published ones, for the rest of this process.

    folder: where the lists of flowers are, such as flowers-102. The files of CIFAR count wherever they are.
    put: sets an attribute of a module; `monkeypatch.setattr` takes it back at the end of a test.
    """
    lists = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in folder.glob("*.mat")}
    put(flowers102, "MD5", lists)
    put(cifar, "read_file", lambda path, _: READ_FILE(path, None))
