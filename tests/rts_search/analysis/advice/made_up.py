"""Evidence whose truth is known: scores that depend on some of its settings, or on none."""

import numpy as np
import pandas as pd

from rts_search.analysis.advice.evidence import Evidence, normal_scores


def evidence(trials: int = 80, seed: int = 0, effect: float = 2.0, sweeps: int = 1) -> Evidence:
    """Trials whose score falls with the distance of lr from 0.1 and rises for the shape sine; `idle` does nothing.

    effect: of both settings, in standard deviations of the noise; 0 for none. beta_min is used by two shapes only.
    """
    drawn = np.random.default_rng(seed)
    shape = drawn.choice(["constant", "cosine", "sine"], trials)
    rate = 10 ** drawn.uniform(-2, 0, trials)
    value = effect * (-np.abs(np.log10(rate) + 1) * 2 + (shape == "sine")) + drawn.normal(size=trials)
    settings = pd.DataFrame(
        {
            "radius.shape": shape,
            "radius.beta_min": np.where(shape == "constant", np.nan, drawn.uniform(0.1, 1, trials)),
            "training.lr": rate,
            "idle": drawn.integers(1, 4, trials),
        }
    )
    blocks = np.arange(trials) % sweeps
    scores = np.empty(trials)
    for block in range(sweeps):
        scores[blocks == block] = normal_scores([(one + 5.0 * block,) for one in value[blocks == block]])
    counts = {"completed": trials, "stopped early": 0, "diverged": 0}
    return Evidence(settings, scores, blocks, counts, tuple(f"sweep{number}" for number in range(sweeps)))
