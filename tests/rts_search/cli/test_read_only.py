"""Results that can be read and not written: commands that read answer, those that write say so in one line, at once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.cli import main
from rts_search.operations.results import rebuild_tables
from rts_search.study.workspace import Workspace
from tests.rts_search.read_only import read_only
from tests.rts_search.store.swept import Swept

Told = Callable[..., tuple[object, str, str]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a finished sweep, which is read-only during the tests."""
    swept = Swept(Results(tmp_path_factory.mktemp("read") / "results"))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study, records=True)
    rebuild_tables("mine", Workspace(swept.results))
    with read_only(swept.results.folder):
        yield swept.results.folder


@pytest.fixture
def told(results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """Exit code, output and errors of a command on the folder, in this process."""
    monkeypatch.setenv("RTS_SEARCH_EXECUTOR", "inline")

    def run(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr("sys.argv", ["rts-search", *arguments, "--results", str(results)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_the_ranking_is_shown_and_one_line_says_what_was_not_written(
    results: Path, told: Told, form: list[str]
) -> None:
    code, out, err = told("table", "mine", *form)
    assert code == 0
    assert out == (results / "mine" / "table.md").read_text() + "\n" if not form else out.startswith('[{"number":0,')
    assert err == (
        f"rts-search: {results}/mine/trials.csv: must be a file that can be written, but Permission denied; "
        "the files of mine were left as they are\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [("status", "mine"), ("export", "mine", "--trial", "0"), ("gc", "mine", "--dry-run"), ("verify",)],
    ids=lambda arguments: arguments[0],
)
def test_what_only_reads_answers(told: Told, arguments: tuple[str, ...]) -> None:
    code, out, err = told(*arguments)
    assert (code, err) == (0, "")
    assert out


def test_a_report_elsewhere_is_written(told: Told, tmp_path: Path) -> None:
    code, _, err = told("report", "mine", "-o", str(tmp_path / "mine.html"))
    assert (code, err) == (0, "")
    assert (tmp_path / "mine.html").exists()


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (("report", "mine"), "mine/report.html"),
        (("report", "mine", "-o", "{}/mine.html"), "mine.html"),
        (("export", "mine", "-o", "{}/best.yaml"), "best.yaml"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_file_in_the_folder_is_refused_in_one_line(
    results: Path, told: Told, arguments: tuple[str, ...], file: str
) -> None:
    code, out, err = told(*(argument.format(results) for argument in arguments))
    assert (code, out) == (2, "")
    assert err == f"rts-search: {results}/{file}: must be a file that can be written, but Permission denied\n"


@pytest.mark.parametrize(
    "arguments",
    [("gc", "mine"), ("plan", "digits"), ("confirm", "mine"), ("launch", "digits"), ("resume", "mine")],
    ids=lambda arguments: arguments[0],
)
def test_what_must_write_is_refused_before_anything_starts(
    results: Path, told: Told, arguments: tuple[str, ...]
) -> None:
    code, out, err = told(*arguments)
    assert (code, out) == (2, ""), "nothing was said before, such as that the data are loaded"
    assert err == (
        f"rts-search: {results}: must be a folder that can be written, but Permission denied; make it writable, or "
        "name another with --results\n"
    )
