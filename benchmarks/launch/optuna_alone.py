"""A user's script: Optuna with its own successive halving, in two processes over one SQLite study."""

import argparse
import tempfile
from multiprocessing import get_context
from typing import Any

import optuna

from benchmarks.launch.training import SWITCHES, TRIALS, draw, epochs

PROCESSES = 2


def objective(trial: optuna.Trial) -> float:
    """Train a trial; it is pruned by what others have reached."""

    def loguniform(name: str, low: float, high: float) -> float:
        return trial.suggest_float(name, low, high, log=True)

    parts: dict[str, Any] = {
        name: draw(name, trial.suggest_categorical, loguniform, trial.suggest_float) for name in ("radius", "scale")
    }
    accuracy = 0.0
    for epoch, value in enumerate(epochs({**parts, "switch": trial.suggest_categorical("switch", SWITCHES)})):
        accuracy = value
        trial.report(value, epoch + 1)
        if trial.should_prune():
            raise optuna.TrialPruned
    return accuracy


def study(url: str) -> optuna.Study:
    """The study that both processes share."""
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=3, reduction_factor=3)
    return optuna.create_study(
        storage=url, study_name="digits", direction="maximize", pruner=pruner, load_if_exists=True
    )


def work(url: str) -> None:
    """Train trials until there are enough."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    enough = optuna.study.MaxTrialsCallback(TRIALS, states=None)
    study(url).optimize(objective, callbacks=[enough])


def main() -> None:
    """Run both processes and print the best."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/study.sqlite3"
        study(url)
        context = get_context("spawn")
        processes = [context.Process(target=work, args=(url,)) for _ in range(PROCESSES)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        found = study(url)
        print(len(found.trials), found.best_value, found.best_params)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
