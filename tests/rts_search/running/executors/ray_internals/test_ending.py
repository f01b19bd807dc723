"""References to objects of Ray may be dropped while it ends."""

import subprocess
import sys

import pytest

DROPPED_WHILE_RAY_ENDS = """
import threading
import time
import ray
from rts_search.running.executors.ray_internals.ending import end_ray

ray.init(address="local", num_cpus=1, include_dashboard=False)
references = [ray.put(number) for number in range(2000)]
ending = threading.Thread(target=end_ray, args=([],))
ending.start()
while ending.is_alive() and references:
    references.pop()
    time.sleep(0.0005)
ending.join()
print("the process lives", len(references) < 2000)
"""


@pytest.mark.campaign
@pytest.mark.ray
def test_references_may_be_dropped_while_ray_ends() -> None:
    """With `ray.shutdown` in the place of `end_ray`, this process ends with exit code 1."""
    done = subprocess.run(
        [sys.executable, "-c", DROPPED_WHILE_RAY_ENDS], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("the process lives True\n")
