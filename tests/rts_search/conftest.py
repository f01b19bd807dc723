"""Running the command line as a user does, with folders of its own."""

import contextlib
import functools
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from rts_search.cli import main
from scripts.waits import without_waits
from tests.rts_search.environment import plain_environment
from tests.rts_search.in_this_process import run_in_this_process
from tests.rts_search.sweep_files import Write

if TYPE_CHECKING:
    from rts_search.running.executors import Executor

TIMEOUT_SECONDS = 240

Refused = Callable[..., str]
"""A command line to the one line with which it is refused."""


@dataclass
class CommandLine:
    """`rts-search` on one results folder. Trials train inline, without Ray, unless `executor` is `ray`."""

    results: Path
    executor: str = "inline"
    starts_ray: bool = True
    """Whether a command that trains on Ray starts its own, in a process of its own. See `on_one_ray`."""
    session: bool = False
    """Whether a process that is started has a session of its own, so that a test can send signals to all of it."""
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    orphans: list[psutil.Process] = field(default_factory=list)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own and return at once."""
        process = subprocess.Popen(
            [sys.executable, "-m", "rts_search.cli", *self._complete(arguments)],
            env=self._variables(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=self.session,
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and insist on its exit code: in this process, unless it starts a Ray."""
        if self.executor == "ray" and self.starts_ray:
            return self.run_apart(*arguments, code=code, **environment)
        done = run_in_this_process(self._complete(arguments), self._variables(environment))
        return _ended_with(code, done)

    def run_apart(self, *arguments: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """The same in a process of its own."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        return _ended_with(code, subprocess.CompletedProcess(process.args, process.returncode, out, err))

    def _complete(self, arguments: tuple[str, ...]) -> list[str]:
        needs_results = arguments[0] not in ("check", "init", "schema", "--help")
        return [*arguments, *(["--results", str(self.results)] if needs_results else [])]

    def _variables(self, environment: dict[str, str]) -> dict[str, str]:
        return {**plain_environment(), "RTS_SEARCH_EXECUTOR": self.executor, **self.environment, **environment}

    def refused(self, *arguments: str, **environment: str) -> str:
        """The one line with which a command refuses, exit code 2."""
        done = self.run(*arguments, code=2, **environment)
        assert "Traceback" not in done.stdout
        return refusal_in(done.stderr)

    def kill(self, process: subprocess.Popen[str]) -> None:
        """SIGKILL the driver and nothing else: what Ray has running finds out by itself."""
        self.orphans += psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.communicate()

    def csv_without_times(self, sweep: str) -> str:
        """trials.csv of a sweep without its time columns."""
        import pandas as pd

        frame = pd.read_csv(self.results / sweep / "trials.csv", dtype=str, keep_default_na=False)
        return frame.drop(columns=["seconds"]).to_csv(index=False)


def refusal_in(err: str) -> str:
    """The one line with which a command has refused. Before it there may be lines that name what it waited for."""
    lines = without_waits(err)
    assert len(lines) == 1, err
    return lines[0]


def _ended_with(code: int, done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert done.returncode == code, f"{done.args} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


@functools.cache
def loaded_by(*arguments: str) -> set[str]:
    """Names of the packages that a command has imported when it ends."""
    code = (
        "import sys\n"
        "from rts_search.cli import app\n"
        f"try: app({list(arguments)!r})\n"
        "except SystemExit: pass\n"
        "print('loaded', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def workers_of(pid: int) -> list[psutil.Process]:
    """The processes below the process `pid` that hold a trial, as Ray names them."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "Trainable" in " ".join(child.cmdline()):
                found.append(child)
    return found


@pytest.fixture
def command_line(tmp_path: Path) -> Iterator[Callable[..., CommandLine]]:
    """Make command lines, each on a results folder of its own; nothing they start outlives the test."""
    made: list[CommandLine] = []

    def make(name: str = "results", executor: str = "inline") -> CommandLine:
        made.append(CommandLine(tmp_path / name, executor))
        return made[-1]

    yield make
    for line in made:
        for process in line.started:
            if process.poll() is None:
                line.kill(process)
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()
        for orphan in line.orphans:
            with contextlib.suppress(psutil.NoSuchProcess):
                orphan.kill()


@pytest.fixture
def cli(command_line: Callable[..., CommandLine]) -> CommandLine:
    """One command line, whose trials train without Ray."""
    return command_line("results")


@pytest.fixture
def ray_cli(command_line: Callable[..., CommandLine]) -> CommandLine:
    """One command line, whose trials train on a Ray of its own."""
    return command_line("results", "ray")


@pytest.fixture(scope="module")
def ray_of_the_module() -> Iterator["Executor"]:
    """One Ray in this process for all tests of a module."""
    from tests.rts_search.one_ray import one_ray  # imported here, since few tests need Ray

    with one_ray() as executor:
        yield executor


@pytest.fixture
def on_one_ray(command_line: Callable[..., CommandLine], ray_of_the_module: "Executor") -> CommandLine:  # noqa: ARG001
    """One command line, whose trials train on the Ray of the module."""
    from rts_search.running.executors.ray_cluster import QUIET

    line = command_line("on_ray", "ray")
    line.starts_ray, line.environment = False, dict(QUIET)
    return line


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without studies, to be copied: its tables take longer than a study."""
    from rts_search.study.database.storage import open_storage

    file = tmp_path_factory.mktemp("tables") / "studies.sqlite3"
    open_storage(f"sqlite:///{file}")
    return file


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write `mine.yaml` and tell its path."""

    def writing(content: str | bytes) -> str:
        file = tmp_path / "mine.yaml"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(file)

    return writing


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run the command line in a folder of its own; the one line of its error, without `rts-search: `.

    A command starts no Ray. It may have said before its error that it loads the data.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RTS_SEARCH_EXECUTOR", "inline")

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["rts-search", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert ended.value.code == 2, err
        assert [told for told in out.splitlines() if not told.endswith(", loading the data")] == []
        return refusal_in(err).removeprefix("rts-search: ")

    return run
