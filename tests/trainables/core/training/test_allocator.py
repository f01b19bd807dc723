import subprocess
import sys

FAULTS = """
import resource
import sys
import torch
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.models.small import small

if sys.argv[1] == "keep":
    assert keep_freed_memory()
torch.set_num_threads(1)
model, images = small(10, 3, 32), torch.ones(256, 3, 32, 32)

def steps(number):
    for _ in range(number):
        model(images).sum().backward()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

steps(3)
before = faults()
steps(10)
print(faults() - before)
"""


def page_faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_a_process_that_keeps_freed_memory_asks_for_no_new_pages_at_every_step() -> None:
    given_back, kept = page_faults("give back"), page_faults("keep")
    assert given_back > 10 * 1000, "else there is nothing to keep"
    assert kept < given_back / 10
