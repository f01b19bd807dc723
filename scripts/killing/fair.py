"""Kill one sweep with tuned baselines again and again: `python scripts/kill_campaign.py --fair 20`.

After each SIGKILL of its driver, the numbers of trials that the arms have begun may differ by one at most, and what
each arm was charged is told. Resumed to its end, the sweep must have the tables of one that nobody has killed. Prints
one line for each kill, and ends with exit code 1 where this does not hold. 20 kills took three minutes on two cores.
The sweep trains the small net, or a small vision transformer with AdamW, warm-up, label smoothing and mixup.
"""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.killing.processes import command_line
from scripts.killing.sweeps import epochs_told

TRAININGS = {
    "small": """
model: small
training: {epochs: 8, batch_size: 32, lr_schedule: constant}
space:
  training: {lr: {loguniform: [0.01, 1.0]}}
""",
    "vit": """
model: {name: timm/vit_tiny_patch16_224, options: {patch_size: 4, depth: 2, embed_dim: 48, num_heads: 3}}
training:
  epochs: 8
  batch_size: 32
  weight_decay: 0.05
  optimizer: {name: adamw, decay_norm_and_bias: false}
  lr_schedule: {name: cosine, warmup_epochs: 1}
  label_smoothing: 0.1
  augmentation: {mixup: 0.2}
space:
  training: {lr: {loguniform: [1.0e-4, 1.0e-2]}}
  radius: {shape: cosine, beta_min: 0.1, beta_max: {uniform: [0.2, 1.0]}}
""",
}
SWEEP = """
name: fair
dataset: {name: digits, num_train: 512}
search: {trials: 24}
baselines: [sgd, pugd, sam]
resources: {max_concurrent_trials: 1}
"""
TIMING = "  timing: {rule: epoch, switch_epoch: [0, 2, 4, 6]}\n"
CHANGING = {"trials.csv": ["seconds", "gradient_evaluations_spent"], "arms.csv": ["spent"]}
"""Table -> the columns that count what was trained again after a kill, or the time."""


def command(results: Path, *arguments: str) -> list[str]:
    """The command line of `rts-search`, without Ray."""
    more = [] if arguments[0] == "status" else ["--executor", "inline"]
    return command_line(*arguments, "--results", str(results), *more)


def arms(results: Path) -> dict[str, Any]:
    """What every arm has begun and was charged."""
    asked = command(results, "status", "fair", "--json")
    told: dict[str, Any] = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)["arms"]
    return told


def run(folder: Path, kills: int, seed: int, training: str) -> None:
    """Kill, resume, and compare. `folder`: a new one for the results. `training`: a key of TRAININGS."""
    chance = random.Random(seed)
    folder.mkdir()
    file, whole, killed = folder / "fair.yaml", folder / "whole", folder / "killed"
    file.write_text(SWEEP + TRAININGS[training] + TIMING)
    killed.mkdir()
    subprocess.run(command(whole, "launch", str(file)), check=True, stdout=subprocess.DEVNULL)
    asked = ("launch", str(file))
    for kill in range(1, kills + 1):
        driver, before = subprocess.Popen(command(killed, *asked), stdout=subprocess.DEVNULL), epochs_told(killed)
        while epochs_told(killed) == before and driver.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 1.0))
        driver.kill()
        if driver.wait() == 0:
            sys.exit(f"the sweep ended after {kill - 1} kills; it needs more trials")
        asked, found = ("resume", "fair"), arms(killed)
        begun = {arm: facts["begun"] for arm, facts in found.items()}
        charged = {arm: facts["gradient_evaluations"] for arm, facts in found.items()}
        print(f"kill {kill}: begun {begun}, charged {charged}", flush=True)
        if max(begun.values()) - min(begun.values()) > 1:
            sys.exit("the arms are not equal")
    subprocess.run(command(killed, "resume", "fair"), check=True, stdout=subprocess.DEVNULL)
    for table, changing in CHANGING.items():
        one, other = (pd.read_csv(results / "fair" / table).drop(columns=changing) for results in (killed, whole))
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    print(f"{kills} kills: the tables are those of the sweep that nobody has killed")
