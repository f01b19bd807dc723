"""What a checkpoint store needs from the filesystem that it lies in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class FoundFile:
    """A file that was found in the store."""

    path: str
    size: int
    """In bytes."""
    written: float
    """In seconds since 1970."""
    fault: str = ""
    """Why it cannot be a file of the store, in words, such as `is a folder`; empty for a regular file."""
    stands_for_folder: bool = False
    """Whether it stands in the place of a folder of the store."""


class StoreFiles(Protocol):
    """What a store needs from a filesystem. Paths are whole. Other processes may write and delete at any moment."""

    def read(self, path: str, most: int) -> bytes:
        """The content of a file of at most `most` bytes. Raises: FileNotFoundError; DamagedError: it cannot be read."""

    def parts(self, path: str, most: int) -> Iterator[bytes]:
        """The same in parts, so that a large file needs little memory. The first part has 1 MiB, or is the whole."""

    def write(self, path: str, content: bytes, lasting: bool) -> None:
        """Write a file in one step. With `lasting`, wait until it would survive a power failure."""

    def remove(self, path: str) -> None:
        """Delete a file, or an empty folder in its place. Does nothing when there is none."""

    def exists(self, path: str) -> bool:
        """Whether there is something at the path."""

    def written(self, path: str) -> float | None:
        """When a file was written, in seconds since 1970; None when there is none."""

    def listed(self, folder: str) -> list[str]:
        """The paths of what a folder holds now, sorted; none when there is no folder."""

    def found(self) -> Iterator[FoundFile]:
        """All files of the store, sorted by path, and whatever stands in the place of one or of a folder."""
