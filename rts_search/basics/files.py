"""Writing files: check early that a file can be written, and replace it in one step."""

import contextlib
import uuid
from pathlib import Path

from rts_search.basics.errors import UserError


class NotWritten(UserError):
    """A file cannot be written. What was there before is as it was."""


def require_writable(path: Path) -> None:
    """Check that a file can be written later; makes its folder, leaves the file as it is. Raises: UserError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        existed = path.exists()
        path.open("ab").close()
        if not existed:
            path.unlink()
    except OSError as error:
        raise NotWritten(f"{path}: must be a file that can be written, but {error.strerror}") from error


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace a file in one step: readers see the old or the new content, never a part. Raises: UserError."""
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # the folder is read-only, or gone
            partial.unlink(missing_ok=True)
        raise NotWritten(f"{path}: must be a file that can be written, but {error.strerror}") from error
