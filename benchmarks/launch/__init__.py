"""Seconds of `rts-search launch digits` from the command to the prompt, and of two plain scripts, in turns.

The scripts train the same net on the same images with 27 trials of the same space: Optuna alone with successive halving
in two processes, and Ray Tune with OptunaSearch, ASHA and reused actors. Ray's floor is measured in the same turns: its
import, its start, two workers that import torch, and its end. `launch` may take the seconds of its epochs (two at a
time), the floor, and three more; inline, the seconds of its epochs and two more.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from benchmarks.report import device_facts, line, table

RUNS, WARM_UP = 5, 1
AT_A_TIME = 2
MORE = {"ray": 3.0, "inline": 2.0}
"""Seconds that a launch may take besides its epochs, and besides the floor on Ray."""

Times = dict[str, float]
"""Name of a phase -> seconds from the start of the command to its end."""


def launch(executor: str) -> Times:
    """Launch digits in an empty folder, and see when what happened."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "rts_search.cli", "launch", "digits", "--results", folder]
        began, clock = time.perf_counter(), time.time()
        process = subprocess.Popen([*command, "--executor", executor], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said = [(time.perf_counter() - began, told) for told in process.stdout]
        if process.wait() != 0:
            raise RuntimeError(f"launch must end with 0, but got {process.returncode}: {said[-1:]}")
        prompt = time.perf_counter() - began
        epochs = [file.stat().st_mtime - clock for file in (Path(folder) / "store").rglob("*.epoch")]
        found = pd.read_parquet(Path(folder) / "digits" / "epochs.parquet")
    return {
        "first line": said[0][0],
        "first epoch": min(epochs),
        "last epoch": max(epochs),
        "test part read": _when(said, "writing the results"),
        "table": _when(said, "# digits"),
        "prompt": prompt,
        "of the epochs": float(found["seconds"][found["spent"]].sum()) / (AT_A_TIME if executor == "ray" else 1),
    }


def _when(said: list[tuple[float, str]], words: str) -> float:
    return next(seconds for seconds, told in said if words in told)


def script(name: str) -> Times:
    """Run one of the scripts of this folder to its end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", f"benchmarks.launch.{name}"], check=True, stdout=subprocess.DEVNULL)
    return {"prompt": time.perf_counter() - began}


CONTESTANTS: dict[str, Callable[[], Times]] = {
    "launch": lambda: launch("ray"),
    "launch --executor inline": lambda: launch("inline"),
    "Optuna in two processes": lambda: script("optuna_alone"),
    "Ray Tune with reused actors": lambda: script("raw_tune"),
    "Ray's floor": lambda: script("bare_ray"),
}


def main() -> None:
    """Let every contestant have its turn in every round; print every turn, the medians as JSON lines, and a table."""
    rounds: list[dict[str, Times]] = []
    for number in range(WARM_UP + RUNS):
        rounds.append({})
        for name, turn in CONTESTANTS.items():
            rounds[-1][name] = times = turn()
            shown = {phase: round(seconds, 1) for phase, seconds in times.items()}
            line({"benchmark": "launch", "who": name, "round": number - WARM_UP + 1, "seconds": shown})
    rounds = rounds[WARM_UP:]
    where = {**device_facts("cpu", 1), **{name: version(name) for name in ("ray", "optuna")}}
    medians = {}
    for name in CONTESTANTS:
        medians[name] = {phase: statistics.median(one[name][phase] for one in rounds) for phase in rounds[0][name]}
        shown = {phase: round(seconds, 1) for phase, seconds in medians[name].items()}
        prompts = [round(one[name]["prompt"], 1) for one in rounds]
        line({"benchmark": "launch", "who": name, "n": RUNS, "seconds": shown, "prompts": prompts, **where})
    phases = list(medians["launch"])
    rows = [
        (name, *(f"{times[phase]:.1f}" if phase in times else "" for phase in phases))
        for name, times in medians.items()
    ]
    table(("median seconds until", *phases), rows)
    floor = medians["Ray's floor"]["prompt"]
    for name, executor in (("launch", "ray"), ("launch --executor inline", "inline")):
        allowed = medians[name]["of the epochs"] + MORE[executor] + (floor if executor == "ray" else 0.0)
        print(f"{name}: {medians[name]['prompt']:.1f} s, allowed are {allowed:.1f} s")
