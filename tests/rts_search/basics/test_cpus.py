"""The CPUs of a process are those of its affinity, within the quotas of its control groups."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rts_search.basics import cpus
from rts_search.basics.cpus import usable_cpus

CPUS = len(os.sched_getaffinity(0))


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of control groups, and a process of the group /job/step in both versions of them."""
    monkeypatch.setattr(cpus, "GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(cpus, "GROUPS_OF_PROCESS", tmp_path / "self")
    (tmp_path / "self").write_text("4:memory:/other\n1:cpu,cpuacct:/job/step\n0::/job/step\n")
    return tmp_path / "cgroup"


def limit(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


def test_without_a_quota_it_is_the_affinity(groups: Path) -> None:
    assert usable_cpus() == CPUS
    limit(groups, cpu__max="max 100000")
    limit(groups / "cpu", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000")
    assert usable_cpus() == CPUS


def test_the_affinity_of_a_job_counts() -> None:
    program = "from rts_search.basics.cpus import usable_cpus; print(usable_cpus())"
    first = str(min(os.sched_getaffinity(0)))
    told = subprocess.run(["taskset", "-c", first, sys.executable, "-c", program], capture_output=True, text=True)
    assert told.stdout == "1\n"


@pytest.mark.parametrize("place", ["", "job", "job/step"])
def test_a_quota_of_the_group_or_of_one_above_counts(groups: Path, place: str) -> None:
    limit(groups / place, cpu__max="150000 100000")
    assert usable_cpus() == 1


@pytest.mark.parametrize("place", ["", "job/step"])
def test_so_does_one_of_the_first_version(groups: Path, place: str) -> None:
    limit(groups / "cpu" / place, cpu__cfs_quota_us="50000", cpu__cfs_period_us="100000")
    assert usable_cpus() == 1, "less than one CPU is one"
