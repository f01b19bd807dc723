"""Only regular files are read: nothing else is waited for, and no file fills the memory."""

from pathlib import Path

import pytest

from tests.trainables.core.odd_files import ODD_FILES
from trainables.core.regular_files import OddFileError, chunks_of_regular, open_regular, read_regular

MOST = 5 * 2**20


@pytest.mark.parametrize("odd", ODD_FILES)
def test_an_odd_file_is_refused_at_once(tmp_path: Path, odd: str) -> None:
    path = tmp_path / "file"
    ODD_FILES[odd](path)
    with pytest.raises(OSError):  # noqa: PT011 -- each has its own words
        read_regular(path, MOST)
    with pytest.raises(OSError):  # noqa: PT011
        list(chunks_of_regular(path, MOST))


@pytest.mark.parametrize(
    ("odd", "words"), [("a folder", "is a folder"), ("a pipe", "is a named pipe"), ("a socket", "is a socket")]
)
def test_the_kind_of_an_odd_file_is_told(tmp_path: Path, odd: str, words: str) -> None:
    ODD_FILES[odd](tmp_path / "file")
    with pytest.raises(OddFileError, match=words):
        open_regular(tmp_path / "file")


@pytest.mark.parametrize("size", [0, 1, 4095, 2**20, 3 * 2**20 + 1, MOST])
def test_a_regular_file_is_read_to_its_end_whole_and_in_parts(tmp_path: Path, size: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(content := bytes(number % 251 for number in range(min(size, 4096))) * (size // 4096 or 1))
    (tmp_path / "link").symlink_to(file)
    for path in (file, tmp_path / "link"):
        assert read_regular(path, MOST) == content
        assert b"".join(chunks_of_regular(path, MOST)) == content


def test_a_file_that_tells_no_size_is_read_to_its_end() -> None:
    assert b"Linux" in read_regular("/proc/version", MOST)


def test_a_file_of_the_limit_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_regular(file, 5) == b"12345"
    for read in (read_regular, lambda path, most: list(chunks_of_regular(path, most))):
        with pytest.raises(OddFileError, match="has more than 4 bytes"):
            read(file, 4)
    with pytest.raises(OddFileError, match="has more than 4 bytes"):
        read_regular("/proc/version", 4)
