"""MATLAB files: the values are those that SciPy reads, and every damaged file is refused with a reason."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat

from tests.trainables.core.data.matfiles import structures, write_mat
from trainables.core.data import matfile
from trainables.core.data.matfile import read_mat

VALUES: dict[str, Any] = {
    "bytes": np.array([[1, 2, 255]], np.uint8),
    "doubles": np.array([[1.5, -2.0], [3.0, np.nan]]),
    "words": np.arange(300, dtype=np.uint16)[:, None],
    "none": np.empty((0, 0)),
    "text": "a/b Wägen",
    "cell": ["AM General Hummer", np.array([[7]]), ""],
    "table": structures([{"class": 14, "fname": "00001.jpg"}, {"class": 3, "fname": "00002.jpg"}]),
}


def same(ours: Any, theirs: Any) -> bool:
    """Whether a value equals SciPy's, in MATLAB's order."""
    if isinstance(ours, dict):
        return ours.keys() == set(theirs.dtype.names) and all(same(ours[name], theirs[name]) for name in ours)
    flat = np.asarray(theirs).ravel(order="F")
    if isinstance(ours, str):
        return ours == "".join(flat.tolist())
    if isinstance(ours, list):
        return all(same(one, other) for one, other in zip(ours, flat, strict=True))
    return np.array_equal(ours, flat, equal_nan=flat.dtype.kind == "f")


@pytest.mark.parametrize("compressed", [True, False])
def test_the_values_are_those_that_scipy_finds(tmp_path: Path, compressed: bool) -> None:
    path = write_mat(tmp_path / "lists.mat", VALUES, compressed)
    ours, theirs = read_mat(path), loadmat(path)
    assert list(ours) == list(VALUES)
    for name, value in ours.items():
        assert same(value, theirs[name]), name


def element(kind: int, body: bytes, order: str = "<") -> bytes:
    padding = bytes(0 if kind == 15 else -len(body) % 8)  # what follows compressed bytes follows at once
    return struct.pack(f"{order}2I", kind, len(body)) + body + padding


def matrix(kind: int, count: int, *data: bytes, order: str = "<", name: bytes = b"x") -> bytes:
    """The array as one dimension in MATLAB's order."""
    head = element(6, struct.pack(f"{order}2I", kind, 0), order) + element(
        5, struct.pack(f"{order}2i", 1, count), order
    )
    return element(14, head + element(1, name, order) + b"".join(data), order)


def mat(*elements: bytes, mark: bytes = b"IM") -> bytes:
    return bytes(124) + b"\x00\x01" + mark + b"".join(elements)


def read(tmp_path: Path, payload: bytes) -> dict[str, Any]:
    (tmp_path / "one.mat").write_bytes(payload)
    return read_mat(tmp_path / "one.mat")


def test_what_matlab_writes_and_scipy_does_not_is_read(tmp_path: Path) -> None:
    small = struct.pack("<2H4s", 2, 3, bytes([1, 2, 3]))  # whole doubles become bytes, and three lie in the tag
    text = element(4, "jpg".encode("utf-16-le"))
    left_out = element(14, b"")
    values = read(tmp_path, mat(matrix(6, 3, small), matrix(4, 3, text, name=b"t"), matrix(1, 1, left_out, name=b"c")))
    assert values["x"].tolist() == [1, 2, 3]
    assert values["t"] == "jpg"
    assert [len(one) for one in values["c"]] == [0]
    big = matrix(11, 2, element(4, struct.pack(">2H", 1, 300), ">"), order=">")
    assert read(tmp_path, mat(big, mark=b"MI"))["x"].tolist() == [1, 300]


def test_values_of_other_kinds_are_left_out(tmp_path: Path) -> None:
    number = matrix(9, 1, element(2, b"\x05"), name=b"n")
    sparse, function = matrix(5, 1, b"whatever"), matrix(16, 1, b"whatever")
    assert read(tmp_path, mat(sparse, function, number)).keys() == {"n"}


def nested(depth: int) -> bytes:
    inner = matrix(9, 1, element(2, b"\x05"))
    for _ in range(depth):
        inner = matrix(1, 1, inner)
    return inner


BOMB = element(15, zlib.compress(bytes(matfile.MOST_BYTES + 1)))
DAMAGES: dict[str, tuple[bytes, str]] = {
    "no bytes": (b"", "not a MATLAB file of version 5"),
    "text": (b"<html>" * 100, "not a MATLAB file of version 5"),
    "half a tag": (mat(b"\x0e\x00"), "ends too early"),
    "a length beyond the end": (mat(struct.pack("<2I", 14, 2**32 - 1)), "ends too early"),
    "too few numbers": (mat(matrix(9, 4, element(2, b"\x05"))), "an array of 4 numbers has 1"),
    "no numbers of any kind": (mat(matrix(9, 1, element(8, b"\x05"))), "an element has type 8"),
    "half a number": (mat(matrix(6, 1, element(9, b"\x05"))), "numbers of 8 bytes take 1 bytes"),
    "more values than bytes": (mat(matrix(1, 2**31 - 1)), "claims 2147483647 values in"),
    "fewer values than none": (mat(matrix(1, -1)), "claims -1 values in"),
    "a value that is no array": (mat(matrix(1, 1, element(2, b"\x05"))), "a value has type 2"),
    "a short element that is long": (mat(struct.pack("<2H4x", 2, 5)), "a short element claims 5 bytes"),
    "a length that is no integer": (mat(element(14, element(9, bytes(8)) * 3)), "a length is a floating-point number"),
    "bytes that are no text": (mat(matrix(4, 1, element(16, b"\xff"))), "can't decode byte 0xff"),
    "no compressed bytes": (mat(element(15, b"nothing")), "Error -3 while decompressing"),
    "half of compressed bytes": (mat(element(15, zlib.compress(bytes(9))[:-2])), "ends too early or is too large"),
    "compressed nothing": (mat(element(15, zlib.compress(b""))), "ends too early"),
    "a bomb": (mat(BOMB), "ends too early or is too large"),
    "deep": (mat(nested(matfile.MOST_DEPTH + 1)), "nested deeper than 8"),
}


@pytest.mark.parametrize(("payload", "message"), DAMAGES.values(), ids=list(DAMAGES))
def test_a_damage_has_one_reason(tmp_path: Path, payload: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, payload)


def test_values_may_lie_in_others_to_the_limit(tmp_path: Path) -> None:
    assert "x" in read(tmp_path, mat(nested(matfile.MOST_DEPTH)))


def test_many_small_bombs_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = element(15, zlib.compress(matrix(9, 4000, element(2, bytes(4000)))))
    monkeypatch.setattr(matfile, "MOST_BYTES", 10_000)
    read(tmp_path, mat(numbers, numbers))
    with pytest.raises(ValueError, match="too large"):
        read(tmp_path, mat(numbers, numbers, numbers))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    payload = mat(matrix(9, 1, element(2, b"\x05")))
    monkeypatch.setattr(matfile, "MOST_BYTES", len(payload))
    read(tmp_path, payload)
    with pytest.raises(ValueError, match="more than"):
        read(tmp_path, payload + b"\0")


@pytest.mark.parametrize("compressed", [True, False])
def test_any_damage_is_read_or_refused(tmp_path: Path, compressed: bool) -> None:
    whole = write_mat(tmp_path / "lists.mat", VALUES, compressed).read_bytes()
    random, refused = np.random.RandomState(0), 0
    for turn in range(1000):
        payload = bytearray(whole)
        for place in random.randint(0, len(payload), 3):
            payload[place] = random.randint(256)
        try:
            read(tmp_path, bytes(payload[: random.randint(len(payload))] if turn % 4 == 0 else payload))
        except ValueError:
            refused += 1
    assert refused > 200
