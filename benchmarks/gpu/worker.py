"""One trial of several on a card: `python -m benchmarks.gpu.worker SETTINGS`, which obeys lines on its input.

It says `ready`, then for every line of input, a number of seconds, trains whole epochs for so long and answers with the
images and the seconds that it took, as JSON.
"""

import json
import sys
import time

import torch

from benchmarks.gpu.trainings import METHODS, engine, synchronize


def main() -> None:
    """Train when asked to."""
    given = json.loads(sys.argv[1])
    torch.set_num_threads(1)
    device, batch_size, batches = given["device"], given["batch_size"], given["batches"]
    one = engine(given["model"], device, batch_size, batches, precision=given["precision"])
    one.train_epoch(0, METHODS["pugd"])
    epoch = 0
    print("ready", flush=True)
    for line in sys.stdin:
        ends, began, images = time.perf_counter() + float(line), time.perf_counter(), 0
        while not images or time.perf_counter() < ends:
            epoch += 1
            one.train_epoch(epoch % 1000, METHODS["pugd"])
            images += batches * batch_size
        synchronize(device)
        print(json.dumps([images, time.perf_counter() - began]), flush=True)


if __name__ == "__main__":
    main()
