"""Whatever may stand in the place of a file: each is put at a path, and none is ever waited for or read to its end."""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        folder = os.open(path.parent, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{folder}/{path.name}")  # the path of a socket has at most 107 bytes
        os.close(folder)


def _huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**41)


ODD_FILES: Mapping[str, Callable[[Path], object]] = MappingProxyType(
    {
        "a folder": Path.mkdir,
        "a pipe": os.mkfifo,
        "a link to a device": lambda path: path.symlink_to("/dev/zero"),
        "a loop of links": lambda path: path.symlink_to(path.name),
        "a socket": _socket,
        "a file that the disk cannot read": lambda path: path.symlink_to("/proc/self/mem"),
        "a sparse file of 2 TiB": _huge,
    }
)
"""What stands there -> what puts it at a path."""
