"""A file is replaced whole or not at all; devices, pipes and links are written through; all else is refused."""

import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rts_search.basics import files
from rts_search.basics.errors import UserError
from rts_search.basics.files import NotWritten, read_text, require_writable, write_atomically, write_result
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


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")
    file.chmod(0o600)
    write_atomically(file, "new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path, there: bool) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    (tmp_path / "to").symlink_to("target")
    link.symlink_to("to")
    if there:
        target.write_text("old")
    require_writable(link)
    assert target.exists() is there
    write_atomically(link, "new")
    assert (link.is_symlink(), target.read_text()) == (True, "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target", "to"]


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("link")
    for refused in (require_writable, lambda file: write_atomically(file, "new")):
        with pytest.raises(UserError, match="link: must be a file that can be written, but Too many levels of symbol"):
            refused(link)
    assert link.is_symlink()


def test_a_device_is_written_into(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    device, link = Path(os.ttyname(theirs)), tmp_path / "link"
    link.symlink_to(device)
    try:
        for number, path in enumerate((device, link)):
            require_writable(path)
            write_atomically(path, f"line {number}")
            assert os.read(ours, 100) == f"line {number}".encode()
            assert stat.S_ISCHR(device.stat().st_mode)
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_pipe_is_written_into_and_a_check_does_not_end_its_reader(tmp_path: Path) -> None:
    pipe, content = tmp_path / "pipe", 300_000 * "x"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    require_writable(pipe)
    write_atomically(pipe, content)
    reader.join()
    assert read == [content]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def read_a_little() -> None:
        with pipe.open("rb") as opened:
            opened.read(1)

    reader = threading.Thread(target=read_a_little)
    reader.start()
    write_atomically(pipe, 1_000_000 * "x")
    reader.join()


def test_a_pipe_that_nobody_reads_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "READER_SECONDS", 0.0)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="must be a file that can be written, but nobody has read this pipe for 0 s"):
        write_atomically(tmp_path / "pipe", "new")


def test_standard_output_is_continued_where_it_goes_to_a_file(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from rts_search.basics.files import is_standard_output, require_writable, write_atomically\n"
        "print('before')\n"
        "require_writable(Path('/dev/stdout'))\n"
        "write_atomically(Path('/dev/stdout'), 'written\\n')\n"
        "write_atomically(Path('out'), 'by its name\\n')\n"
        "for path, ours in (('/dev/stdout', True), ('out', True), ('/dev', False), ('none', False)):\n"
        "    assert is_standard_output(Path(path)) is ours\n"
        "print('after')"
    )
    file = tmp_path / "out"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with file.open("w") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, cwd=tmp_path, env=environment, check=True)
    assert file.read_text().splitlines() == ["before", "written", "by its name", "after"]


def test_characters_that_are_no_utf8_are_escaped(tmp_path: Path) -> None:
    write_atomically(tmp_path / "table.md", "photos_\udcff")
    assert (tmp_path / "table.md").read_text() == "photos_\\udcff"


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


@pytest.mark.parametrize("odd", ["a pipe", "a link to a device", "a folder", "a loop of links", "a socket"])
def test_a_result_is_written_into_nothing_else_than_a_file(tmp_path: Path, odd: str) -> None:
    file = tmp_path / "trials.csv"
    ODD_FILES[odd](file)
    with pytest.raises(NotWritten, match=rf"^{file}: must be a file that can be written, but [^\n]+$"):
        write_result(file, "text")
    file.rmdir() if odd == "a folder" else file.unlink()
    write_result(file, "text")
    assert file.read_text() == "text"
