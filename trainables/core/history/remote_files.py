"""The files of a checkpoint store in another filesystem, such as a bucket."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainables.core.history.store_files import FoundFile

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

WRITTEN = ("mtime", "LastModified", "updated", "created")
"""Names under which the different filesystems report the time at which a file was written."""


@dataclass(frozen=True)
class RemoteFiles:
    """A store in another filesystem, such as a bucket."""

    root: str
    filesystem: "AbstractFileSystem"

    def read(self, path: str, most: int) -> bytes:  # noqa: ARG002
        """See `StoreFiles`. The size is not looked at, which would be a second request."""
        return bytes(self.filesystem.cat_file(path))

    def parts(self, path: str, most: int) -> Iterator[bytes]:
        """See `StoreFiles`."""
        yield self.read(path, most)

    def write(self, path: str, content: bytes, lasting: bool) -> None:  # noqa: ARG002
        """See `StoreFiles`. Writing an object to a bucket is atomic."""
        self.filesystem.pipe_file(path, content)

    def remove(self, path: str) -> None:
        """See `StoreFiles`."""
        with contextlib.suppress(FileNotFoundError):
            self.filesystem.rm_file(path)

    def exists(self, path: str) -> bool:
        """See `StoreFiles`."""
        return bool(self.filesystem.exists(path))

    def written(self, path: str) -> float | None:
        """See `StoreFiles`."""
        try:
            return _written(self.filesystem.info(path))
        except FileNotFoundError:
            return None

    def listed(self, folder: str) -> list[str]:
        """See `StoreFiles`."""
        self.filesystem.invalidate_cache(folder)  # fsspec caches the listing, but other processes write to the bucket
        try:
            return sorted(str(path) for path in self.filesystem.ls(folder, detail=False))
        except FileNotFoundError:
            return []

    def found(self) -> Iterator[FoundFile]:
        """See `StoreFiles`."""
        for path, facts in sorted(self.filesystem.find(self.root, detail=True).items()):
            yield FoundFile(str(path), int(facts["size"]), _written(facts))


def _written(facts: Mapping[str, Any]) -> float:
    told = next((facts[name] for name in WRITTEN if facts.get(name) is not None), 0.0)
    return float(told.timestamp() if hasattr(told, "timestamp") else told)
