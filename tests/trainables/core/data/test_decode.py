"""Image files of many kinds: they become RGB of 8 bits, or are refused if that would change their meaning."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from torchvision.transforms import v2

from trainables.core.data.decode import image_files
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError


def decoded(path: Path, **settings: Any) -> NDArray[np.uint8]:
    """Return the only image of a data set, (3, height, width)."""
    files = image_files(DatasetConfig("imagefolder", root=str(path.parent), **settings), [path], np.zeros(1, np.int64))
    into = np.empty((1, *files.shape), np.uint8)
    files.read(np.zeros(1, np.int64), into)
    return into[0]


def png(width: int, height: int, bits: int, colour: int, rows: bytes) -> bytes:
    """Return the bytes of a PNG file; Pillow cannot write 16-bit colour."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 0.5])
def test_floating_point_pixels_are_refused_whether_or_not_they_are_numbers(tmp_path: Path, odd: float) -> None:
    path = tmp_path / "1.tiff"
    Image.fromarray(np.array([[0.0, odd], [1.0, 2.0]], np.float32)).save(path)
    with pytest.raises(ConfigError, match=r"root: must hold .* 8 bits per channel, but .*1.tiff has floating-point"):
        decoded(path)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("1.png", "uint16"), ("1.tif", "uint16"), ("1.tif", ">u2"), ("1.pgm", "uint16"), ("1.tif", "i4")],
)
def test_grey_of_more_than_8_bits_is_refused_instead_of_clipped(tmp_path: Path, name: str, dtype: str) -> None:
    path = tmp_path / name
    Image.fromarray(np.array([[0, 255], [256, 65535]], dtype)).save(path)
    with pytest.raises(
        ConfigError, match=rf"root: must hold .*{name} has pixels of more than 8 bits \(mode I.*convert"
    ):
        decoded(path, image_size=1)


@pytest.mark.parametrize("name", ["1.png", "1.tif", "1.pgm"])
def test_grey_of_8_bits_is_kept(tmp_path: Path, name: str) -> None:
    grey = np.array([[0, 1], [254, 255]], np.uint8)
    Image.fromarray(grey).save(tmp_path / name)
    assert np.array_equal(decoded(tmp_path / name), np.stack([grey] * 3))


def test_colour_of_16_bits_becomes_its_high_bytes(tmp_path: Path) -> None:
    path = tmp_path / "1.png"
    path.write_bytes(png(1, 1, 16, 2, b"\0" + struct.pack(">3H", 255, 256, 65535)))
    assert decoded(path).ravel().tolist() == [0, 1, 255]


def test_a_decompression_bomb_is_one_line_with_its_file(tmp_path: Path) -> None:
    path, side = tmp_path / "1.png", 20_000
    path.write_bytes(png(side, side, 1, 0, bytes((side // 8 + 1) * side)))
    assert path.stat().st_size < 100_000
    with pytest.raises(
        ConfigError, match=r"root: must hold .*1.png cannot \(Image size .* decompression bomb"
    ) as caught:
        decoded(path, image_size=8)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("width", [5, 9, 12, 40])
@pytest.mark.parametrize("height", [7, 12, 33])
@pytest.mark.parametrize("size", [4, 12, 17])
def test_short_side_is_torchvisions_resize_and_centre_crop(tmp_path: Path, width: int, height: int, size: int) -> None:
    path = tmp_path / "1.png"
    noise = np.random.RandomState(0).randint(0, 256, (height, width, 3)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    published = v2.Compose([v2.Resize(size, v2.InterpolationMode.BILINEAR), v2.CenterCrop(size)])
    expected = np.asarray(published(Image.fromarray(noise))).transpose(2, 0, 1)
    assert np.array_equal(decoded(path, image_size=size, resize="short_side"), expected)


@pytest.mark.parametrize("upright", [False, True])
def test_short_side_keeps_the_middle_and_stretch_the_whole(tmp_path: Path, upright: bool) -> None:
    stripes = np.repeat(np.array([[10, 20, 30, 40, 50]], np.uint8), 8, 0).repeat(8, 1)  # 8 high, 40 wide
    path = tmp_path / "1.png"
    Image.fromarray(stripes.T if upright else stripes).save(path)
    assert (decoded(path, image_size=8, resize="short_side") == 30).all()
    whole = decoded(path, image_size=8)
    assert (whole.min(), whole.max()) == (10, 50)
    assert np.array_equal(decoded(path, image_size=8, resize="stretch"), whole)


def test_resize_needs_a_size_and_a_known_way() -> None:
    with pytest.raises(ConfigError, match="resize: is used with image_size only: set it, too, or leave resize out"):
        DatasetConfig("imagefolder", root="x", resize="short_side")
    with pytest.raises(ConfigError, match="resize: must be one of stretch, short_side, but got 'long_side'"):
        DatasetConfig("imagefolder", root="x", image_size=8, resize="long_side")
