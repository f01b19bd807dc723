"""Memory that a training step frees stays in the process for the next step."""

import subprocess
import sys

import pytest

FAULTS = """
import resource
import torch
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.models.small import small

torch.set_num_threads(1)
model, images = small(10, 3, 32), torch.ones(128, 3, 32, 32)

def faults_of_ten_steps():
    for number in range(13):
        if number == 3:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        model(images).sum().backward()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(faults_of_ten_steps())
assert keep_freed_memory()
print(faults_of_ten_steps())
"""


@pytest.mark.slow
def test_a_process_that_keeps_freed_memory_asks_for_no_new_pages_at_every_step() -> None:
    done = subprocess.run([sys.executable, "-c", FAULTS], check=True, capture_output=True, text=True)
    given_back, kept = map(int, done.stdout.split())
    assert given_back > 10 * 1000, "else there is nothing to keep"
    assert kept < given_back / 10
