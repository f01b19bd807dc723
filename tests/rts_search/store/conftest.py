"""A results folder of written sweeps, and the command line on it."""

from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.cli import main
from tests.rts_search.store.swept import CommandLine, Swept


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


@pytest.fixture
def told(swept: Swept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Run the command line on the folder, in this process."""

    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["rts-search", *arguments, "--results", str(swept.results.folder)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return f"{ended.value.code}: {(out + err).strip()}"

    return run
