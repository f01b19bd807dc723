"""Running `rts-search` in the process of the tests, which saves the seconds that a new Python needs for its imports."""

import contextlib
import importlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch

from rts_search.cli import main
from rts_search.running import measuring

MEASURING_SECONDS = 1.0
"""How long a forecast measures the steps of a trial, in the place of 4 seconds."""


def run_in_this_process(arguments: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command with this environment; everything that it changes in the process is put back.

    Warnings stay errors. An error that is no user's mistake is raised, so that a test shows where it comes from.
    """
    out, err = io.StringIO(), io.StringIO()
    with _process_put_back(environment), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        sys.argv = ["rts-search", *arguments]
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code or 0
    assert isinstance(code, int)
    return subprocess.CompletedProcess(["rts-search", *arguments], code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _process_put_back(environment: Mapping[str, str]) -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    threads, hook = torch.get_num_threads(), sys.excepthook
    with pytest.MonkeyPatch.context() as patch, _modules_of(environment.get("PYTHONPATH", "")):
        for name in os.environ.keys() - environment.keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", sys.argv)
        patch.setattr(measuring, "MEASURING_SECONDS", MEASURING_SECONDS)
        try:
            yield
        finally:
            sys.excepthook = hook
            torch.set_num_threads(threads)
            for number, handler in handlers.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def _modules_of(paths: str) -> Iterator[None]:
    """Find modules in these folders, as a new Python would; forget them in the end, since other tests have such too."""
    before, known = sys.path[:], set(sys.modules)
    folders = [path for path in paths.split(os.pathsep) if path and path not in before]
    sys.path[:0] = folders
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before
        for name in sys.modules.keys() - known:
            file = getattr(sys.modules[name], "__file__", None)
            if file and any(Path(file).is_relative_to(folder) for folder in folders):
                del sys.modules[name]
