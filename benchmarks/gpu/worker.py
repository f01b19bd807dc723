"""A process that trains one of several trials on a card: `python -m benchmarks.gpu.worker SETTINGS`.

It prints `ready`. Then, for every line of its input, which is a number of seconds, it trains whole epochs for that long
and prints the number of images and the seconds as JSON.
"""

import argparse
import json
import sys
import time

import torch

from benchmarks.gpu.trainings import METHODS, engine, synchronize


def main() -> None:
    """Build the engine, then train each time a line arrives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", type=json.loads, help="what to train, as JSON")
    given = parser.parse_args().settings
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
