"""The driver processes of a service's sweeps: a test finds them, pauses them where it needs them, and kills them."""

import contextlib
import signal
import sqlite3
import time
from pathlib import Path

import psutil

WAIT_SECONDS = 120


class SweepDrivers:
    """The drivers on one results folder."""

    def __init__(self, results: Path) -> None:
        self._results = results

    def running(self) -> list[psutil.Process]:
        """All drivers that run or are paused."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "rts_search.cli" in words and str(self._results) in words and "serve" not in words:
                found.append(process)
        return found

    def pause(self, sweep: str, *, after: str = "") -> int:
        """Pause the driver of a sweep, as soon as it runs and has printed `after`; return its process id."""
        self.wait_for(sweep, after)
        deadline = time.monotonic() + WAIT_SECONDS
        while (driver := self._of(sweep)) is None:
            assert time.monotonic() < deadline, self.log(sweep)
            time.sleep(0.05)
        self.freeze(driver)
        return driver.pid

    def freeze(self, driver: psutil.Process) -> None:
        """Pause a driver at a moment at which it holds no lock."""
        driver.send_signal(signal.SIGSTOP)
        while self._database_is_locked():  # by the driver, which was paused while it wrote
            driver.send_signal(signal.SIGCONT)
            time.sleep(0.005)
            driver.send_signal(signal.SIGSTOP)

    def go_on(self, sweep: str = "") -> None:
        """Let all paused drivers go on, or that of a sweep."""
        for driver in self.running():
            if sweep in ("", *_sweeps_named_by(driver)):
                driver.send_signal(signal.SIGCONT)

    def wait_for(self, sweep: str, line: str) -> None:
        """Wait until the driver of a sweep has printed these words."""
        deadline = time.monotonic() + WAIT_SECONDS
        while line not in self.log(sweep):
            assert time.monotonic() < deadline, self.log(sweep)
            time.sleep(0.01)

    def log(self, sweep: str) -> str:
        """What the drivers of a sweep have printed."""
        file = self._results / sweep / "driver.log"
        return file.read_text() if file.exists() else ""

    def kill(self) -> None:
        """Kill all drivers and their children, as when the machine loses power."""
        drivers = self.running()
        family = [child for driver in drivers for child in driver.children(recursive=True)]
        for process in (*drivers, *family):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs([*drivers, *family], timeout=30)

    def _of(self, sweep: str) -> psutil.Process | None:
        """The driver of a sweep: its command names the sweep, or a file in the sweep's folder."""
        for driver in self.running():
            with contextlib.suppress(psutil.NoSuchProcess):
                if sweep in _sweeps_named_by(driver):
                    return driver
        return None

    def _database_is_locked(self) -> bool:
        """Whether somebody holds the SQLite database for longer than a transaction takes."""
        file = self._results / "studies.sqlite3"
        if not file.exists():
            return False
        with contextlib.closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                return True
            connection.execute("ROLLBACK")
        return False


def _sweeps_named_by(driver: psutil.Process) -> set[str]:
    """Words of its command that may name its sweep."""
    return {name for word in driver.cmdline() for name in (word, Path(word).parent.name)}
