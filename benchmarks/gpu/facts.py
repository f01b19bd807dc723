"""Name of the card, driver and versions, found without starting CUDA in this process."""

import functools
import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

ASK = (
    "import json, torch; there = torch.cuda.is_available(); "
    "print(json.dumps({'there': there, 'cuda': torch.version.cuda, 'cudnn': torch.backends.cudnn.version(), "
    "'device': torch.cuda.get_device_name() if there else None}))"
)
PACKAGES = ("torch", "torchvision", "timm")


@functools.cache
def machine_facts() -> dict[str, Any]:
    """Return the facts about the machine that every line has; do not change them. `device` is None without a GPU."""
    asked = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True, timeout=120)
    found = json.loads(asked.stdout.splitlines()[-1])
    if not found.pop("there"):
        found["cpu"] = f"{platform.machine()}, {os.cpu_count()} cores"
    else:
        found["driver"] = driver()
    return {**found, **{name: _version(name) for name in PACKAGES}, "python": platform.python_version()}


def driver() -> str:
    """Return the version of the GPU's driver, or "unknown" with the reason."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "unknown: no nvidia-smi"
    asked = [tool, "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30).stdout.split()
    except (OSError, subprocess.SubprocessError) as error:
        return f"unknown: {error}"
    return told[0] if told else "unknown"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
