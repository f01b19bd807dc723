"""Reading and writing files: a regular file is replaced in one step, a device or a pipe is written into."""

import errno
import os
import stat
import sys
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from rts_search.basics.errors import UserError
from trainables.core.regular_files import kind_of, read_regular

MOST_TEXT_BYTES = 2**28
READER_SECONDS = 30.0
"""How long to wait until somebody reads a named pipe."""
STREAMS = (1, 2)
"""Standard output and error."""


def read_text(path: Path) -> str:
    """The content of a file of ours that people read; bytes that are no UTF-8 are shown as question marks.

    Raises:
        FileNotFoundError: there is none.
        UserError: it cannot be read, or is no regular file.
    """
    try:
        return read_regular(path, MOST_TEXT_BYTES).decode(errors="replace")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UserError(f"{path}: must be a file that can be read, but {error.strerror}; remove it") from error


def without_links(path: Path) -> Path:
    """The whole path, with links followed. Of a loop of links, where `Path.resolve` raises, the path of the loop."""
    return Path(os.path.realpath(path))


class NotWritten(UserError):
    """A file cannot be written. What was there before is as it was."""


def require_writable(path: Path) -> None:
    """Check that a file can be written later; makes its folder, leaves the file as it is. Raises: UserError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        found = _status(path)
        if found is not None and _is_special(found):  # opening a pipe would end what its reader reads
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        path.open("ab").close()
        if found is None:
            _target(path).unlink()
    except OSError as error:
        raise _refused(path, error) from error


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file, texts as UTF-8.

    A regular file is replaced in one step: readers see the old or the new content, never a part. So is the target of a
    link; the link stays. A device, a pipe, and the program's own standard output or error are written into.

    Raises: UserError: it cannot be written.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        found = _status(path)
        own = None if found is None else _own_stream(found)
        if own is not None:
            sys.stdout.flush()
            sys.stderr.flush()
            _write(own, data)
        elif found is not None and _is_special(found):
            opened = _opened(path, found)
            try:
                _write(opened, data)
            finally:
                os.close(opened)
        else:
            _replace(_target(path), data, found)
    except OSError as error:
        raise _refused(path, error) from error


def write_result(path: Path, content: str | bytes) -> None:
    """Write one of the result files of a sweep as `write_atomically` does, but into nothing else than a file.

    Raises: UserError: it cannot be written, or a device or a pipe stands in its place.
    """
    require_regular((path,))
    write_atomically(path, content)


def require_regular(paths: Iterable[Path]) -> None:
    """Check that a file or nothing is at each of these paths, through all links. Raises: NotWritten."""
    for path in paths:
        try:
            found = _status(path)
        except OSError as error:
            raise _refused(path, error) from error
        if found is not None and (kind := kind_of(found.st_mode)):
            raise NotWritten(f"{path}: must be a file that can be written, but {kind}; move it away")


def is_standard_output(path: Path) -> bool:
    """Whether the path leads to the standard output of this process, such as /dev/stdout."""
    try:
        return os.path.samestat(path.stat(), os.fstat(1))
    except OSError:
        return False


def _refused(path: Path, error: OSError) -> NotWritten:
    return NotWritten(f"{path}: must be a file that can be written, but {error.strerror}")


def _status(path: Path) -> os.stat_result | None:
    """What the path leads to, through all links; None where there is nothing yet. Raises: OSError."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _target(path: Path) -> Path:
    """The file itself, where the path is a link; it may not exist yet."""
    return Path(os.path.realpath(path))


def _is_special(found: os.stat_result) -> bool:
    """Whether it is a device, a pipe or a socket. A folder is not: writing to it fails with the system's words."""
    return not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode)


def _own_stream(found: os.stat_result) -> int | None:
    """The standard stream of this process that the path leads to, such as /dev/stdout.

    Opened once more, a file to which the output goes would be written from its beginning, over what is there already.
    """
    for stream in STREAMS:
        with suppress(OSError):  # it is closed
            if os.path.samestat(os.fstat(stream), found):
                return stream
    return None


def _opened(path: Path, found: os.stat_result) -> int:
    """Open a device or a pipe for writing. Raises: OSError, also when nobody reads the pipe in READER_SECONDS."""
    if not stat.S_ISFIFO(found.st_mode):
        return os.open(path, os.O_WRONLY | os.O_NOCTTY)
    last = time.monotonic() + READER_SECONDS
    while True:
        try:
            opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > last:
                raise OSError(errno.ENXIO, f"nobody has read this pipe for {READER_SECONDS:g} s") from error
            time.sleep(0.05)
        else:
            os.set_blocking(opened, True)
            return opened


def _write(opened: int, data: bytes) -> None:
    """Write everything, unless the reader of a pipe has seen enough, as `head` does. Raises: OSError."""
    rest = memoryview(data)
    with suppress(BrokenPipeError):
        while rest:
            rest = rest[os.write(opened, rest) :]


def _replace(file: Path, data: bytes, found: os.stat_result | None) -> None:
    """Replace a regular file in one step; it keeps its permissions. Raises: OSError."""
    partial = file.with_name(f".{uuid.uuid4().hex}.partial")
    try:
        partial.write_bytes(data)
        if found is not None:
            partial.chmod(stat.S_IMODE(found.st_mode))
        partial.replace(file)
    except OSError:
        with suppress(OSError):  # the reason why the file cannot be written is the one to tell
            partial.unlink(missing_ok=True)
        raise
