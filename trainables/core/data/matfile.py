"""Read MATLAB files of version 5 (MAT-File Format, MathWorks): numbers, texts, cells and structures.

Every length is checked before it is used, because the files come from the internet. scipy.io.loadmat does not check
them: a damaged file ends the process with a segmentation fault (scipy 1.17), for which no error can be shown.
"""

import math
import types
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HEADER_BYTES = 128
MOST_BYTES = 1 << 26
"""Largest size of a file, and of all its variables together, that is accepted. The largest published list has 3 MB."""
MOST_DEPTH = 8
"""Deepest nesting of cells and structures that is accepted. The published lists have depth 1."""
NUMBERS: Mapping[int, str] = types.MappingProxyType(
    {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
)
"""Type of an element -> NumPy type of its numbers."""
TEXTS: Mapping[int, str] = types.MappingProxyType(
    {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
)
"""Type of an element -> encoding of its characters."""
MATRIX, COMPRESSED = 14, 15
CELL, STRUCTURE, CHARACTERS = 1, 2, 4
NUMERIC = range(6, 16)
COMPLEX = 0x0800


def read_mat(path: Path) -> dict[str, Any]:
    """Return name -> value of the file's variables.

    Numbers are a flat array, a text is a str, a cell is a list, a structure is a dict of field -> list. Elements are in
    MATLAB's order (the first index changes fastest), and shapes are not kept. Values of other kinds are left out.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is damaged, or not a file of version 5.
    """
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES} bytes")
    payload = path.read_bytes()
    order = {b"IM": "<", b"MI": ">"}.get(payload[HEADER_BYTES - 2 : HEADER_BYTES])
    if order is None:
        raise ValueError("it is not a MATLAB file of version 5")
    values, left = {}, MOST_BYTES
    for kind, body in _Elements(payload[HEADER_BYTES:], order, 0).walk():
        if kind == COMPRESSED:
            whole = _inflate(body, left)
            left -= len(whole)
            kind, body = _Elements(whole, order, 0).element()
        if kind == MATRIX:
            name, value = _Elements(body, order, 0).matrix()
            values.update({name: value} if value is not None else {})
    return values


def _inflate(body: bytes, most: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        whole = inflater.decompress(body, max(most, 1))  # a limit of 0 would mean no limit
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflater.eof:  # at the end of the stream, zlib has also compared the checksum
        raise ValueError("a compressed variable ends too early or is too large")
    return whole


@dataclass
class _Elements:
    """Reads the elements of a byte string, one after the other."""

    payload: bytes
    order: str
    depth: int
    position: int = 0

    def walk(self) -> Iterator[tuple[int, bytes]]:
        """Yield type and content of all remaining elements."""
        while self.position < len(self.payload):
            yield self.element()

    def element(self) -> tuple[int, bytes]:
        """Return type and content of the next element. Raises: ValueError."""
        first, length = np.frombuffer(self._take(8), f"{self.order}u4").tolist()
        if first >> 16:  # a short element: its length is in the upper half of the first word, its content follows
            length, first = first >> 16, first & 0xFFFF
            if length > 4:
                raise ValueError(f"a short element claims {length} bytes")
            return first, self.payload[self.position - 4 : self.position - 4 + length]
        body = self._take(length)
        if first != COMPRESSED:
            self.position += -length % 8
        return first, body

    def matrix(self) -> tuple[str, Any]:
        """Return name and value of an array; the value is None when it is of another kind. Raises: ValueError."""
        if not self.payload:  # an empty array may have no content at all
            return "", np.empty(0)
        if self.depth > MOST_DEPTH:
            raise ValueError(f"its values are nested deeper than {MOST_DEPTH}")
        flags, count = sum(self._integers()[:1]), math.prod(self._integers())
        name = self._text()
        return name, self._value(flags & 0xFF, bool(flags & COMPLEX), count)

    def _value(self, kind: int, is_complex: bool, count: int) -> Any:
        if kind == CELL:
            return self._matrices(count)
        if kind == STRUCTURE:
            width = max(*self._integers()[:1], 1, 1)
            _, names = self.element()
            fields = [names[start : start + width].split(b"\0")[0].decode() for start in range(0, len(names), width)]
            values = self._matrices(count * len(fields))
            return {field: values[place :: len(fields)] for place, field in enumerate(fields)}
        if kind == CHARACTERS:
            return self._text()
        if kind not in NUMERIC or is_complex:
            return None
        numbers = self._numbers()
        if len(numbers) != count:
            raise ValueError(f"an array of {count} numbers has {len(numbers)}")
        return numbers

    def _matrices(self, count: int) -> list[Any]:
        if not 0 <= count <= len(self.payload) // 8:  # each takes 8 bytes or more
            raise ValueError(f"it claims {count} values in {len(self.payload)} bytes")
        values = []
        for _ in range(count):
            kind, body = self.element()
            if kind != MATRIX:
                raise ValueError(f"a value has type {kind}")
            values.append(_Elements(body, self.order, self.depth + 1).matrix()[1])
        return values

    def _numbers(self) -> Any:
        kind, body = self.element()
        stored = np.dtype(f"{self.order}{_known(NUMBERS, kind)}")
        if len(body) % stored.itemsize:
            raise ValueError(f"numbers of {stored.itemsize} bytes take {len(body)} bytes")
        return np.frombuffer(body, stored)

    def _integers(self) -> list[int]:
        numbers = self._numbers()
        if numbers.dtype.kind == "f":
            raise ValueError("a length is a floating-point number")
        return numbers.tolist()  # type: ignore[no-any-return]

    def _text(self) -> str:
        kind, body = self.element()
        codec = _known(TEXTS, kind)
        return body.decode(codec if codec in ("latin-1", "utf-8") else f"{codec}-{'le' if self.order == '<' else 'be'}")

    def _take(self, length: int) -> bytes:
        taken = self.payload[self.position : self.position + length]
        if len(taken) < length:
            raise ValueError("it ends too early")
        self.position += length
        return taken


def _known(kinds: Mapping[int, str], kind: int) -> str:
    if kind not in kinds:
        raise ValueError(f"an element has type {kind}")
    return kinds[kind]
