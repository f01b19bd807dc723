"""Small archives of CIFAR-10 and CIFAR-100, as Python 2 pickled the published ones."""

import struct
from pathlib import Path
from typing import Any

import numpy as np

from trainables.core.data import cifar


def text(value: bytes) -> bytes:
    return b"T" + struct.pack("<i", len(value)) + value  # BINSTRING, which only Python 2 writes


def array(images: Any) -> bytes:
    """A uint8 matrix as Python 2's NumPy pickled it."""
    dtype = (
        b"cnumpy\ndtype\n("
        + text(b"u1")
        + b"K\x00K\x01tR(K\x03"
        + text(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    start = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85" + text(b"b") + b"tR"
    shape = b"".join(b"J" + struct.pack("<i", side) for side in images.shape) + b"\x86"
    return start + b"(K\x01" + shape + dtype + b"\x89" + text(images.tobytes()) + b"tb"


def python2_pickle(values: dict[bytes, Any]) -> bytes:
    """Protocol 2 in the form of the published files: byte strings, lists and one array."""
    body = b""
    for key, value in values.items():
        body += text(key)
        if isinstance(value, np.ndarray):
            body += array(value)
        else:
            items = (text(item) if isinstance(item, bytes) else b"K" + bytes([item]) for item in value)
            body += b"](" + b"".join(items) + b"e"
    return b"\x80\x02}(" + body + b"u."


def write_archive(root: Path, archive: cifar.Archive, num_classes: int, per_file: int = 20) -> dict[str, Any]:
    """A small archive in exactly the published form; returns every file's pixels."""
    folder = root / archive.folder
    folder.mkdir(parents=True)
    random, pixels = np.random.RandomState(0), {}
    for name in (*archive.train, *archive.test):
        pixels[name] = random.randint(0, 256, (per_file, 3072)).astype(np.uint8)
        labels = [index % num_classes for index in range(per_file)]
        content = {b"data": pixels[name], archive.labels.encode(): labels, b"filenames": [b"a.png"]}
        (folder / name).write_bytes(python2_pickle(content))
    names = [f"class {index}".encode() for index in range(num_classes)]
    (folder / next(iter(archive.meta))).write_bytes(python2_pickle({archive.classes.encode(): names}))
    return pixels
