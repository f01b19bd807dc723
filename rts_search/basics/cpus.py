"""How many CPUs this process may use: those of its affinity, within the quota of its control group."""

import os
from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
GROUPS_OF_PROCESS = Path("/proc/self/cgroup")


def usable_cpus() -> int:
    """Whole CPUs, at least 1.

    SLURM and `taskset` set the affinity; containers set a quota, such as `docker --cpus=2`. A machine may have many
    more.
    """
    allowed = len(os.sched_getaffinity(0))
    return max(1, int(min([allowed, *_quotas()])))


def _quotas() -> Iterator[float]:
    """The quota of this process's group and of each group above, in CPUs; none where there is no limit."""
    for folder in _folders():
        if (folder / "cpu.max").is_file():
            quota, _, period = _read(folder / "cpu.max").partition(" ")
        else:
            quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        if quota.isdecimal() and period.isdecimal() and int(quota) and int(period):  # -1 and max are no limit
            yield int(quota) / int(period)


def _folders() -> Iterator[Path]:
    """The folders of this process's groups that limit CPUs, in version 1 and 2 of control groups."""
    yield from (GROUPS, GROUPS / "cpu")  # where a container shows its own
    for line in _read(GROUPS_OF_PROCESS).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers or "cpu" in controllers.split(","):
            folder = (GROUPS / "cpu" if controllers else GROUPS) / path.strip("/")
            while folder not in (GROUPS, GROUPS / "cpu", folder.parent):
                yield folder
                folder = folder.parent


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
