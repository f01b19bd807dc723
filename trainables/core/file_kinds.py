"""What lies at a path that a user has named. Only regular files are opened: a pipe or a device may never end."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

FILE, FOLDER = "a file", "a folder"
NOTHING, DEAD_LINK, LOOP = "missing", "a link to nothing", "a link that leads back to itself"
KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISREG, FILE),
    (stat.S_ISDIR, FOLDER),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def kind_at(path: str | os.PathLike[str]) -> str:
    """What is at the path, through all links, in words that follow "it is": FILE, FOLDER, or something else."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 -- also for the entries of a folder
    except FileNotFoundError:
        return DEAD_LINK if os.path.islink(path) else NOTHING  # noqa: PTH114
    except ValueError:  # a name with a null character
        return NOTHING
    except OSError as error:
        return LOOP if error.errno == errno.ELOOP else f"not accessible ({error.strerror})"
    return kind_of(mode)


def kind_of(mode: int) -> str:
    """What a mode of `os.stat` says: FILE, FOLDER, or something else."""
    return next((kind for test, kind in KINDS if test(mode)), "a device")


def kinds_in(folder: Path) -> dict[str, str]:
    """Name -> kind of everything in a folder. Raises: OSError when it cannot be read."""
    with os.scandir(folder) as entries:
        return {entry.name: _kind_of_entry(entry) for entry in entries}


def _kind_of_entry(entry: os.DirEntry[str]) -> str:
    """The kind of an entry; of a file or folder it is known without another call of the system."""
    if not entry.is_symlink():
        if entry.is_file(follow_symlinks=False):
            return FILE
        if entry.is_dir(follow_symlinks=False):
            return FOLDER
    return kind_at(entry)


def require_file(path: str | os.PathLike[str]) -> None:
    """Check that a path leads to a regular file, or to nothing, which opening it will tell. Raises: OSError."""
    kind = kind_at(path)
    if kind not in (FILE, NOTHING):
        raise OSError(f"it is {kind}")
