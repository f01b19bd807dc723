"""A folder that this process can read and not write, also where the tests run as root."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION_3 = 0x20080522
OVERRIDES_PERMISSIONS = 1 << 1
"""CAP_DAC_OVERRIDE: for whom it is in effect, permissions do not count."""
LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the permission to write from a folder and everything in it, and make permissions count for this thread."""
    found = [folder, *folder.rglob("*")]
    for path in found:
        path.chmod(0o555 if path.is_dir() else 0o444)
    header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable capabilities, twice 32 of each
    assert LIBC.capget(header, sets) == 0
    effective = sets[0]
    try:
        sets[0] = effective & ~OVERRIDES_PERMISSIONS
        assert LIBC.capset(header, sets) == 0
        yield
    finally:
        sets[0] = effective
        assert LIBC.capset(header, sets) == 0
        for path in found:
            path.chmod(0o755 if path.is_dir() else 0o644)
