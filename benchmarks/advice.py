"""How often advice claims an effect that does not exist, and how often it finds one that does.

Tables of four kinds, 400 each. Permuted: the kept sweep digits_fair with its results permuted over its trials. Noise:
64 trials drawn at random or by Optuna's TPE, which learns from results that depend on nothing. Effect: 64 random trials
whose results depend on the learning rate and the shape.
"""

import math
import multiprocessing
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import optuna
import pandas as pd

from benchmarks.report import line, table
from rts_search.analysis.advice.advice import Advice
from rts_search.analysis.advice.evidence import Evidence, normal_scores, of_sweeps
from rts_search.analysis.figures import SweepView
from rts_search.basics.cpus import usable_cpus
from scripts.pictures import FAIR, kept_sweep

TABLES, TRIALS = 400, 64
SHAPES = ["constant", "cosine", "inverse_sine", "sine", "inverse_cosine"]
EFFECT = 2.0
"""Of the learning rate over one decade and of the best shape, in standard deviations of the noise."""


def of_kept_sweep() -> Evidence:
    """The trials of the kept sweep."""
    with tempfile.TemporaryDirectory() as folder:
        return of_sweeps([SweepView.of(kept_sweep(Path(folder), FAIR).load(FAIR))])


def permuted(seed: int) -> Evidence:
    """The kept sweep with its scores permuted over its trials."""
    kept = of_kept_sweep()
    return replace(kept, scores=np.random.default_rng(seed).permutation(kept.scores))


def drawn(seed: int, sampler: optuna.samplers.BaseSampler, effect: float) -> Evidence:
    """A made-up sweep. effect: of learning rate and shape; 0 for noise alone."""
    noise = np.random.default_rng(seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for _ in range(TRIALS):
        trial = study.ask()
        shape = trial.suggest_categorical("radius.shape", SHAPES)
        if shape == "constant":
            trial.suggest_float("radius.value", 0.1, 10, log=True)
        else:
            trial.suggest_float("radius.beta_min", 0.1, 1, log=True)
            trial.suggest_float("radius.beta_max", 1, 3)
        rate = trial.suggest_float("training.lr", 0.01, 1, log=True)
        trial.suggest_categorical("timing.switch_epoch", [0, 3, 6, 9])
        study.tell(trial, effect * ((shape == "sine") - abs(math.log10(rate) + 1)) + noise.normal())
    settings = pd.DataFrame([trial.params for trial in study.trials])
    scores = normal_scores([(trial.value,) for trial in study.trials])
    return Evidence(settings, scores, np.zeros(TRIALS, np.int64), {"completed": TRIALS}, ("made up",))


def random_noise(seed: int) -> Evidence:
    """Noise, drawn at random."""
    return drawn(seed, optuna.samplers.RandomSampler(seed=seed), 0.0)


def tpe_noise(seed: int) -> Evidence:
    """Noise, drawn by TPE."""
    return drawn(seed, optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True), 0.0)


def random_effect(seed: int) -> Evidence:
    """Two settings that act, drawn at random."""
    return drawn(seed, optuna.samplers.RandomSampler(seed=seed), EFFECT)


KINDS: dict[str, Callable[[int], Evidence]] = {
    "permuted digits_fair": permuted,
    "noise, random": random_noise,
    "noise, TPE": tpe_noise,
    "effect, random": random_effect,
}


def claimed(kind: str, seed: int) -> list[str]:
    """The settings that the advice from one table claims."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return [effect.feature.name for effect in Advice(KINDS[kind](seed)).effects if effect.claimed]


def main() -> None:
    """Print one JSON line for each kind of table, then a summary."""
    rows = []
    with ProcessPoolExecutor(usable_cpus(), multiprocessing.get_context("spawn")) as pool:
        for kind in KINDS:
            found = list(pool.map(claimed, [kind] * TABLES, range(TABLES)))
            facts = {
                "kind": kind,
                "tables": TABLES,
                "any_claim": sum(map(bool, found)),
                "lr": sum("training.lr" in one for one in found),
                "shape": sum("radius.shape" in one for one in found),
                "others": sum(bool(set(one) - {"training.lr", "radius.shape"}) for one in found),
            }
            line({**facts, "optuna": version("optuna"), "numpy": version("numpy")})
            rows.append([kind, *(f"{100 * int(str(facts[name])) / TABLES:.1f} %" for name in list(facts)[2:])])
    table(["tables", "any claim", "lr", "shape", "another setting"], rows)
