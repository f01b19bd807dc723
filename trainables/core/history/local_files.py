"""The files of a checkpoint store in a local folder. Only regular files are opened."""

import contextlib
import errno
import os
import stat
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trainables.core.history.sealing import DamagedError
from trainables.core.history.store_files import FoundFile
from trainables.core.regular_files import OddFileError, chunks_of_regular, kind_of, read_regular

FAULTS = (errno.EIO, errno.ELOOP, errno.ENOTDIR, errno.EBADMSG, errno.EUCLEAN)
"""Errors of reading one file that will not pass: of the disk, a loop of links, a file in the place of a folder."""
NO_FOLDER = (errno.EEXIST, errno.ENOTDIR, errno.ELOOP)
"""Errors of writing a file where something else stands in the place of a folder above it."""
NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""Errors of looking for a file that is not there, since it or a folder above it is missing or is something else."""
MOST_IN_THE_WAY = 3
"""A record has two folders and its own name below the root of the store, where something else may stand."""
PREFIX = 2
"""Number of digits of a key in the name of the folder that holds the key's own folder."""


@dataclass(frozen=True)
class LocalFiles:
    """A store in a local folder."""

    root: str

    def read(self, path: str, most: int) -> bytes:
        """See `StoreFiles`. There are many small records, and fsspec takes twice as long to read one."""
        try:
            return read_regular(path, most)
        except OSError as error:
            raise _fault(path, error) from error

    def parts(self, path: str, most: int) -> Iterator[bytes]:
        """See `StoreFiles`."""
        try:
            yield from chunks_of_regular(path, most)
        except OSError as error:
            raise _fault(path, error) from error

    def write(self, path: str, content: bytes, lasting: bool) -> None:
        """See `StoreFiles`. What stands in the way inside the store, such as a folder, is moved aside and stays."""
        for _ in range(MOST_IN_THE_WAY):
            try:
                return self._replace(path, content, lasting)
            except OddFileError as error:
                if not self._moved_aside(Path(error.filename)):
                    raise
        return self._replace(path, content, lasting)

    def _moved_aside(self, odd: Path) -> bool:
        """Give something inside the store another name beside its own. False where it cannot be moved."""
        if Path(self.root) not in odd.parents:
            return False
        try:
            odd.rename(odd.with_name(f".{odd.name}.{uuid.uuid4().hex}.odd"))
        except FileNotFoundError:  # another writer was faster
            return True
        except OSError:
            return False
        return True

    def _replace(self, path: str, content: bytes, lasting: bool) -> None:
        target = Path(path)
        partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                if lasting:
                    os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            if error.errno == errno.EISDIR:
                raise OddFileError(error.errno, f"{error.strerror}, but a file must be here", path) from error
            if error.errno not in NO_FOLDER:
                raise
            odd = next((folder for folder in target.parents if os.path.lexists(folder) and not folder.is_dir()), target)
            raise OddFileError(error.errno, f"{error.strerror}, but a folder must be here", str(odd)) from error
        finally:
            with contextlib.suppress(OSError):  # the error of the writing is the one to tell
                partial.unlink(missing_ok=True)

    def remove(self, path: str) -> None:
        """See `StoreFiles`."""
        with _nowhere_is_fine():
            try:
                Path(path).unlink()
            except IsADirectoryError:
                Path(path).rmdir()

    def exists(self, path: str) -> bool:
        """See `StoreFiles`."""
        return os.path.exists(path)  # noqa: PTH110 -- called for every epoch of a trial

    def written(self, path: str) -> float | None:
        """See `StoreFiles`."""
        with _nowhere_is_fine():
            return Path(path).stat().st_mtime
        return None

    def listed(self, folder: str) -> list[str]:
        """See `StoreFiles`."""
        with _nowhere_is_fine():
            return [f"{folder}/{name}" for name in sorted(os.listdir(folder))]  # noqa: PTH208
        return []

    def found(self) -> Iterator[FoundFile]:
        """See `StoreFiles`."""
        for prefix, facts in _entries(self.root):
            if facts.is_folder and len(prefix.name) != PREFIX:  # the claims
                yield from (found.file for _, found in _entries(prefix.path))
            elif facts.is_folder:
                for key, inner in _entries(prefix.path):
                    if inner.is_folder:
                        yield from (found.file for _, found in _entries(key.path))
                    elif key.name.startswith(prefix.name):
                        yield inner.in_place_of_a_folder
            elif len(prefix.name) == PREFIX:
                yield facts.in_place_of_a_folder


@contextlib.contextmanager
def _nowhere_is_fine() -> Iterator[None]:
    """Ignore an error inside the `with` block that says that nothing is at a path."""
    try:
        yield
    except OSError as error:
        if error.errno not in NOWHERE:
            raise


@dataclass(frozen=True)
class _Facts:
    """What is known of an entry of a folder."""

    path: str
    facts: os.stat_result
    fault: str

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.facts.st_mode)

    @property
    def file(self) -> FoundFile:
        size = 0 if self.is_folder else self.facts.st_size
        return FoundFile(self.path, size, self.facts.st_mtime, self.fault or kind_of(self.facts.st_mode))

    @property
    def in_place_of_a_folder(self) -> FoundFile:
        return FoundFile(self.path, self.facts.st_size, self.facts.st_mtime, self.fault or "is no folder", True)


def _entries(folder: str) -> Iterator[tuple[os.DirEntry[str], _Facts]]:
    """The entries of a folder, sorted by name, without those that are deleted meanwhile."""
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in ordered:
        fault = ""
        try:
            facts = entry.stat()
        except OSError as error:
            try:
                facts = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            fault = "is a link to nothing" if isinstance(error, FileNotFoundError) else str(error.strerror)
        yield entry, _Facts(entry.path, facts, fault)


def _fault(path: str, error: OSError) -> Exception:
    """The error to raise instead: DamagedError for a fault of this one file."""
    if isinstance(error, OddFileError) or error.errno in FAULTS:
        return DamagedError(f"{path}: {error.strerror}")
    return error
