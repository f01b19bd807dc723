import subprocess
import sys

FAULTS = """
import resource
import sys
import torch
from trainables.core.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def steps():
    for _ in range(20):
        activations = [torch.ones(2 << 20) for _ in range(12)]
torch.set_num_threads(1)
steps()
before = faults()
steps()
print(faults() - before)
"""


def page_faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_a_process_that_keeps_freed_memory_asks_for_no_new_pages_at_every_step() -> None:
    given_back, kept = page_faults("give back"), page_faults("keep")
    assert given_back > 1000, "else there is nothing to keep"
    assert kept < given_back / 10
