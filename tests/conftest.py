"""What all tests share: the reference material beside the checkout, and what skips without it, a browser, a GPU."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

# Threads of torch that wait for one another sleep instead of spinning. On a machine that is busy with other tests,
# spinning made tests with 2 threads take ten times as much CPU time (torch 2.14.1). Read when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
import torch

SHARED = Path(__file__).resolve().parents[2] / "shared"
MOST_PROCESSES = 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The number of processes that share the whole suite; 0 for chosen tests, which start sooner in one process."""
    whole_suite = config.args == config.getini("testpaths")
    return min(MOST_PROCESSES, len(os.sched_getaffinity(0))) if whole_suite else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that need something that is not here, and say what. Tests that start a Ray are slow."""
    missing = {}
    if not SHARED.is_dir():
        missing["shared"] = f"needs the reference material in {SHARED}"
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        missing["browser"] = "needs Chromium"
    if not torch.cuda.is_available():
        missing["gpu"] = "needs a CUDA GPU"
    for item in items:
        for mark in missing.keys() & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.skip(reason=missing[mark]))
        if item.get_closest_marker("ray"):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def shared() -> Path:
    """The folder of the reference material."""
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of decoded images for this run alone, which every process that a test starts inherits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
