"""The machine and the software that a sweep ran on: versions, commit, system."""

import contextlib
import os
import platform
import pwd
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("rts-search", "torch", "torchvision", "ray", "optuna", "pandas", "numpy")
EXTRAS = ("timm",)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that can change numbers. Reads them without importing the packages."""
    found = {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    for name in EXTRAS:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def user_name() -> str:
    """The user of this process, by the system and not by a variable; the number of a user without a name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def commit() -> str | None:
    """Git commit of the checkout that this package runs from; None when it does not run from one."""
    folder = Path(__file__).resolve().parent
    try:
        # A virtual environment may lie inside the checkout of another project: git has to track this file.
        subprocess.run(
            ["git", "-C", str(folder), "ls-files", "--error-unmatch", Path(__file__).name],
            capture_output=True,
            timeout=10,
            check=True,
        )
        answer = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def environment() -> dict[str, Any]:
    """Versions, commit and machine as plain values, for environment.json."""
    return {
        "versions": versions(),
        "commit": commit(),
        "machine": platform.machine(),
        "system": platform.system(),
        "cpus": os.cpu_count(),
    }
