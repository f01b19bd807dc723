"""CUDA MPS, which lets processes share a card at the same moment, for as long as it is wanted."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.gpu.task import MissingError

CONTROL = "nvidia-cuda-mps-control"
PLACES = ("/usr/local/nvidia/bin", "/usr/bin", "/usr/local/cuda/bin")
STARTING_SECONDS = 2.0


@contextmanager
def mps() -> Iterator[dict[str, str]]:
    """The environment of processes that share by MPS; its daemon stays in the foreground, and in this process group.

    No setting of the card is changed. Raises: MissingError when there is no MPS or it does not start.
    """
    tool = shutil.which(CONTROL) or shutil.which(CONTROL, path=os.pathsep.join(PLACES))
    if tool is None:
        raise MissingError(f"{CONTROL} is not on this machine")
    with tempfile.TemporaryDirectory() as folder:
        environment = {"CUDA_MPS_PIPE_DIRECTORY": f"{folder}/pipe", "CUDA_MPS_LOG_DIRECTORY": f"{folder}/log"}
        for place in environment.values():
            Path(place).mkdir()
        output = Path(folder, "output")
        with output.open("wb") as file:
            daemon = subprocess.Popen(
                [tool, "-f"], env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        try:
            time.sleep(STARTING_SECONDS)
            if daemon.poll() is not None:
                words = output.read_text(errors="replace").strip().splitlines() or [f"exit code {daemon.returncode}"]
                raise MissingError(f"{CONTROL} does not start here ({words[-1]:.200})")
            yield environment
        finally:
            with suppress(OSError, subprocess.SubprocessError):
                subprocess.run([tool], input=b"quit\n", env=os.environ | environment, timeout=5, capture_output=True)
            with suppress(subprocess.TimeoutExpired):
                daemon.wait(5)
            daemon.kill()
