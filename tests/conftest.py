"""What all tests share: the reference material beside the checkout, and what skips without it, a browser, a GPU."""

import gc
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

# One thread of torch, since several processes share the tests: with two threads each they took a sixth more CPU time.
# Where a test asks for more threads, those that wait for one another sleep instead of spinning, which took ten times as
# much CPU time on a busy machine (torch 2.14.1). Both are read when torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Ray's workers run at the priority of the tests. By default they give way to all other processes, so that trials on Ray
# hardly train while other tests run beside them.
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 -- the spelling is Ray's

import pytest
import torch

# A shell starts a background job with SIGINT ignored, and `nohup` ignores SIGHUP. rts-search keeps ignoring them. The
# tests of these signals, and the processes that they start, begin as in the foreground.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# What the collection of the tests makes stays. Looking through it for garbage, again and again, took two of the eleven
# seconds that each process needs before its first test.
gc.disable()

# Keep compiled modules, also where the environment says otherwise. Without them, each of the many processes that the
# tests start compiles this project again, which takes a tenth of its time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The folders of the tests are in memory, where there is room. On a disk, the databases and stores in them wait for it
# after each change: 1,600 times in a test of the study, and for 7 ms each time while other processes use the disk.
# pytest reads the variable. A folder is removed when its test has passed.
MEMORY = Path("/dev/shm")
NEEDED_BYTES = 4 * 2**30
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > NEEDED_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

SHARED = Path(__file__).resolve().parents[2] / "shared"
MOST_PROCESSES = 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The number of processes that share the whole suite; 0 for chosen tests, which start sooner in one process.

    One more than there are CPUs, since tests that wait for other processes leave a CPU idle.
    """
    whole_suite = config.args == config.getini("testpaths")
    return min(MOST_PROCESSES, 1 + len(os.sched_getaffinity(0))) if whole_suite else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that need something that is not here, and say what. Tests that start a Ray are slow.

    They come first, then the other slow ones, of those the ones with a time limit of their own, which are the longest.
    One process so begins with all tests on Ray, one after the other, and then the long ones. The others take over its
    last tests when they have finished their own, so that what is left at the end is short.
    """
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
    items.sort(key=lambda item: [not item.get_closest_marker(name) for name in ("ray", "slow", "timeout")])


def pytest_collection_finish() -> None:
    """Look for garbage from here on, in what the tests make, and not after every 700 objects."""
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


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
