"""The cache of decoded data sets: files that one process of a node makes and all its processes map into memory."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.data.parts import PARTS, Dataset, Part
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.dataset_config import STRETCH
from trainables.core.settings.section import ConfigError, first_line

FORMAT = 1
"""Raise it whenever the same files begin to give other parts, so that entries of earlier versions are not used."""
VARIABLE = "RTS_SEARCH_CACHE"
FACTS = "facts.json"

Room = Callable[[str, tuple[int, ...]], NDArray[np.uint8]]
"""A function from a part's name and shape to the array into which its images are decoded."""


class CacheError(OSError):
    """The cache cannot be written. The message is one line that says what to do."""


def cache_folder() -> Path:
    """The folder of the cache: $RTS_SEARCH_CACHE if set, else rts-search in the user's cache folder.

    Raises:
        CacheError: the user has no home.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rts-search"
    except RuntimeError as error:  # a user without a home, as in a container
        raise CacheError(f"the cache of images needs a folder, but {first_line(error)}; set {VARIABLE}") from error


def cached(config: DatasetConfig, files: Iterable[Path], build: Callable[[Room], Dataset]) -> Dataset:
    """Return the data set from the cache. It is built first when it is not there or when its `files` have changed.

    One process builds, and the other processes of the node wait for it. If the building process is killed, its
    unfinished folder is never read. Entries for earlier states of the same files are deleted.

    Raises:
        CacheError: the cache cannot be written.
        ConfigError: at `root`, when a file is gone or cannot be looked at.
    """
    place = cache_folder() / _settings_digest(config)
    try:
        state = _state_digest(files)
    except OSError as error:
        rule = f"must hold files that can be read, but {error.filename} cannot ({error.strerror})"
        raise ConfigError("root", rule, None) from error
    with _only_one(place):
        folder = place / state
        if not (folder / FACTS).is_file():
            for old in place.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            partial = folder.with_suffix(".partial")
            partial.mkdir()
            built = build(lambda name, shape: _mapped(partial / f"{name}.npy", shape))
            _write(built, partial)
            partial.rename(folder)
        return _read(folder)


@contextmanager
def _only_one(place: Path) -> Iterator[None]:
    from filelock import FileLock  # imported here, since images that are not cached need no lock

    with _errors(place):
        place.mkdir(parents=True, exist_ok=True)
        lock = FileLock(place / "lock")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _settings_digest(config: DatasetConfig) -> str:
    given = {"val_fraction": config.held_out, **config.to_dict()}
    unseen = (("download", config.download), ("resize", STRETCH))
    settings = {name: value for name, value in given.items() if (name, value) not in unseen}
    root = str(Path(config.root).resolve()) if config.root else None
    return _digest([FORMAT, version("pillow"), settings, root])


def _state_digest(files: Iterable[Path]) -> str:
    """Hash of the files' names, sizes and modification times. Their content is not read."""
    states = ((str(path), path.stat()) for path in files)
    return _digest([[path, state.st_size, state.st_mtime_ns] for path, state in states])


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _mapped(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    with _errors(path):
        images = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        with path.open("r+b") as file:
            # Reserve the space now. Without it, a full disk kills the process when it writes to the mapped file.
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return images


def _write(dataset: Dataset, folder: Path) -> None:
    """Write labels and facts; the images are in their files already. The facts come last: they mark a whole entry."""
    facts = {name: getattr(dataset, name) for name in ("classes", "mean", "std", "fingerprint")}
    with _errors(folder):
        for name in PARTS:
            np.save(folder / f"{name}_labels.npy", getattr(dataset, name).labels)
        (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")
        for path in folder.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _read(folder: Path) -> Dataset:
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    parts = {name: Part(_map(folder / f"{name}.npy"), np.load(folder / f"{name}_labels.npy")) for name in PARTS}
    return Dataset(
        **parts,
        classes=tuple(facts["classes"]),
        mean=tuple(facts["mean"]),
        std=tuple(facts["std"]),
        fingerprint=facts["fingerprint"],
    )


def _map(path: Path) -> NDArray[np.uint8]:
    """Map the images into memory. Processes share the pages; a page that a process writes to is copied for it alone."""
    images: NDArray[np.uint8] = np.load(path, mmap_mode="c")
    return images


@contextmanager
def _errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cause = error.strerror or first_line(error)
        raise CacheError(
            f"{place}: must have room for the decoded images, but {cause}; "
            f"free some space or name another folder in the environment variable {VARIABLE}"
        ) from error
