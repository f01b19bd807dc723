"""Reading and writing files: check early that a file can be written, and replace it in one step."""

import contextlib
import os
import uuid
from pathlib import Path

from rts_search.basics.errors import UserError
from trainables.core.regular_files import read_regular

MOST_TEXT_BYTES = 2**28


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


def require_writable(path: Path) -> None:
    """Check that a file can be written later; makes its folder, leaves the file as it is. Raises: UserError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        existed = path.exists()
        path.open("ab").close()
        if not existed:
            path.unlink()
    except OSError as error:
        raise UserError(f"{path}: must be a file that can be written, but {error.strerror}") from error


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace a file in one step: readers see the old or the new content, never a part. Raises: UserError."""
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise UserError(f"{path}: must be a file that can be written, but {error.strerror}") from error
