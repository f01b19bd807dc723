"""Whatever stands in the place of a file or folder of ours, a command ends with its work or with one line, at once."""

import shutil
from pathlib import Path

import pytest

from rts_search.basics.exit_codes import DAMAGED, USER_ERROR
from rts_search.basics.results_folder import Results
from tests.rts_search.conftest import CommandLine
from tests.rts_search.environment import plain_environment
from tests.rts_search.in_this_process import run_in_this_process
from tests.rts_search.store.swept import Swept
from tests.trainables.core.odd_files import ODD_FILES

COMMANDS = [*((name, "mine") for name in ("table", "export", "status", "gc", "restore", "resume")), ("verify",)]
"""Those that look at a sweep. The sweep has ended, and none of them trains."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a sweep that has ended, with its tables; its first trial is that of sgd."""
    swept = Swept(Results(tmp_path_factory.mktemp("trained") / "results"))
    study = swept.sweep("mine", "search.trials=1")
    for _ in range(study.total):
        swept.train(study, records=True)
    CommandLine(swept.results.folder).run("table", "mine")
    return swept.results.folder


@pytest.fixture
def line(trained: Path, tmp_path: Path) -> CommandLine:
    """The command line on a copy."""
    return CommandLine(Path(shutil.copytree(trained, tmp_path / "results")))


def ends_well(line: CommandLine, *arguments: str) -> None:
    """Run a command: it ends with its work, or in one line."""
    environment = {**plain_environment(), "RTS_SEARCH_EXECUTOR": "inline"}
    done = run_in_this_process([*arguments, "--results", str(line.results)], environment)
    assert done.returncode in (0, DAMAGED, USER_ERROR), done
    if done.returncode == USER_ERROR:
        assert done.stderr.count("\n") == 1, done.stderr


PLACES = [
    ("store/*/*/*.epoch", "a pipe"),
    ("mine/driver.lock", "a folder"),
    ("mine", "a link to a device"),
    ("studies.sqlite3-journal", "a pipe"),
]
MORE_PLACES = [
    ("store/*/*/*.state", "a file that the disk cannot read"),
    ("store", "a sparse file of 2 TiB"),
    ("mine/epochs.parquet", "a pipe"),
]
"""Where something odd stands, and what. Every kind at every place is tested where the place is read."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "odd"), [*PLACES, *(pytest.param(*one, marks=pytest.mark.campaign) for one in MORE_PLACES)]
)
def test_every_command_ends_at_once_and_in_one_line(line: CommandLine, place: str, odd: str) -> None:
    file = min(line.results.glob(place), default=line.results / place)
    if file.is_dir():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)
    ODD_FILES[odd](file)
    for command in COMMANDS:
        ends_well(line, *command)
