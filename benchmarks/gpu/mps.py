"""Start and stop CUDA MPS, with which several processes compute on one card at the same moment."""

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
    """Run the MPS daemon inside a `with` block. Yields the environment variables of processes that shall use it.

    The daemon is a child in this process group. No setting of the card is changed.

    Raises:
        MissingError: there is no MPS on this machine, or it does not start.
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
