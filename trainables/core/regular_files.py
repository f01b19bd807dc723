"""Opens regular files alone: a folder, a pipe or a device in the place of one neither blocks nor fills the memory."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainables.core import file_kinds

CHUNK_BYTES = 2**20


class OddFileError(OSError):
    """Something else than a regular file stands in its place, or the file is too large. `strerror` says which."""


def kind_of(mode: int) -> str:
    """What a mode of `os.stat` says in words, such as `is a folder`; empty for a regular file."""
    kind = file_kinds.kind_of(mode)
    return "" if kind == file_kinds.FILE else f"is {kind}"


def open_regular(path: str | Path, flags: int = os.O_RDONLY) -> int:
    """Open a regular file and return its descriptor, without waiting for anybody at the other end of a pipe.

    flags: as of `os.open`. A link is followed.

    Raises:
        OddFileError: it is no regular file.
        OSError: it cannot be opened, such as FileNotFoundError.
    """
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket cannot be opened at all
            raise OddFileError(error.errno, "is a socket", str(path)) from error
        if error.errno == errno.EISDIR:  # opened for writing
            raise OddFileError(error.errno, "is a folder", str(path)) from error
        raise
    kind = kind_of(os.fstat(descriptor).st_mode)
    if kind:
        os.close(descriptor)
        raise OddFileError(errno.EINVAL, kind, str(path))
    return descriptor


def read_regular(path: str | Path, most: int) -> bytes:
    """Return the content of a regular file of at most `most` bytes.

    Raises:
        OddFileError: it is no regular file, or it is larger.
        OSError: it cannot be read.
    """
    with _opened(path) as descriptor:
        size = _size(descriptor, path, most)
        content = os.read(descriptor, size + 1)
        if 0 < len(content) == size:  # the usual case
            return content
        parts, total = [content], len(content)
        while part := os.read(descriptor, max(CHUNK_BYTES, size - total + 1)):
            parts.append(part)
            total += len(part)
            if total > most:
                raise _too_large(path, most)
    return b"".join(parts)


def chunks_of_regular(path: str | Path, most: int) -> Iterator[bytes]:
    """Yield the content of a regular file of at most `most` bytes in parts of 1 MiB. Raises: see `read_regular`."""
    with _opened(path) as descriptor:
        _size(descriptor, path, most)
        total = 0
        while part := os.read(descriptor, CHUNK_BYTES):
            yield part
            total += len(part)
            if total > most:
                raise _too_large(path, most)


@contextmanager
def _opened(path: str | Path) -> Iterator[int]:
    descriptor = open_regular(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _size(descriptor: int, path: str | Path, most: int) -> int:
    """The size of an open file. Raises: OddFileError when it is larger than `most`."""
    size = os.fstat(descriptor).st_size
    if size > most:
        raise _too_large(path, most)
    return size


def _too_large(path: str | Path, most: int) -> OddFileError:
    return OddFileError(errno.EFBIG, f"has more than {most:,} bytes", str(path))
