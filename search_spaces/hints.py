"""Suggest the name that the user probably meant."""

import difflib
import types
from collections.abc import Collection, Iterable, Mapping

OTHER_WORDS: Mapping[str, str] = types.MappingProxyType(
    {
        "bayes": "tpe",
        "bayesian": "tpe",
        "bayesopt": "tpe",
        "optuna": "tpe",
        "gaussian_process": "gp",
        "botorch": "gp",
        "sobol": "qmc",
        "halton": "qmc",
        "evolution": "cmaes",
        "cma": "cmaes",
        "genetic": "nsga2",
        "hyperband": "asha",
        "halving": "asha",
        "successive_halving": "asha",
        "accuracy": "val_acc",
        "acc": "val_acc",
        "loss": "val_loss",
        "f1": "macro_f1",
        "adam": "adamw",
        "momentum": "sgd",
        "float32": "fp32",
        "float": "fp32",
        "bfloat16": "bf16",
        "fp16": "bf16",
        "mixed": "bf16",
        "cos": "cosine",
        "onecycle": "one_cycle",
        "exponential": "step",
        "warm_restarts": "cosine_restarts",
        "learning_rate": "lr",
        "batchsize": "batch_size",
        "num_epochs": "epochs",
        "max_epochs": "epochs",
        "wd": "weight_decay",
        "num_trials": "trials",
        "n_trials": "trials",
        "path": "root",
        "folder": "root",
    }
)
"""Word that other programs use -> the name here."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return text to append to an error, such as ` (did you mean cosine?)`; empty when no known name is similar."""
    names = list(known)
    meant = _meant(name, names)
    return f" (did you mean {meant}?)" if meant else ""


def _meant(name: str, known: Collection[str]) -> str:
    """The known name for a word of other programs, or else the most similar one, or an empty text."""
    other = OTHER_WORDS.get(name.lower().replace("-", "_").replace(" ", "_"), "")
    if other in known:
        return other
    close = difflib.get_close_matches(name, known, n=1)
    return close[0] if close else ""
