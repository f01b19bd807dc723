"""A file is replaced whole or not at all, and one that cannot be written is refused in one line."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.basics.files import read_text, require_writable, write_atomically
from tests.trainables.core.odd_files import ODD_FILES


def test_a_file_is_replaced_and_its_folder_is_made(tmp_path: Path) -> None:
    file = tmp_path / "new" / "table.md"
    write_atomically(file, "old")
    write_atomically(file, "new ä".encode())
    assert file.read_text() == "new ä"
    assert list(file.parent.iterdir()) == [file]


@pytest.fixture
def _small_files_only() -> Iterator[None]:
    """No file of this process can grow beyond 100 bytes, as if the disk were full then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("_small_files_only")
def test_a_write_that_fails_keeps_the_old_content_and_leaves_no_partial_file(tmp_path: Path) -> None:
    file = tmp_path / "table.md"
    write_atomically(file, "old")
    with pytest.raises(UserError, match=r"table\.md: must be a file that can be written, but File too large"):
        write_atomically(file, 101 * "x")
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_text() == "old"


def test_a_file_that_can_be_written_is_left_as_it_is(tmp_path: Path) -> None:
    there, missing = tmp_path / "there", tmp_path / "folder" / "missing"
    there.write_text("content")
    for file in (there, missing):
        require_writable(file)
    assert there.read_text() == "content"
    assert not missing.exists()


def test_a_folder_is_no_file_that_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="must be a file that can be written, but Is a directory"):
        require_writable(tmp_path)


def test_bytes_that_are_no_utf_8_are_read_as_question_marks(tmp_path: Path) -> None:
    (tmp_path / "environment.json").write_bytes(b"caf\xe9")
    assert read_text(tmp_path / "environment.json") == "caf\N{REPLACEMENT CHARACTER}"
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "missing")


@pytest.mark.parametrize("odd", ODD_FILES)
def test_an_odd_file_is_not_read_and_told_in_one_line(tmp_path: Path, odd: str) -> None:
    ODD_FILES[odd](tmp_path / "file")
    with pytest.raises(UserError, match=r"file: must be a file that can be read, but [^\n]+; remove it$"):
        read_text(tmp_path / "file")
