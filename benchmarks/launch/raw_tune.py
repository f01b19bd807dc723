"""A user's script: Ray Tune with OptunaSearch, ASHA and actors that are reused."""

import argparse
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch

from benchmarks.launch.training import EPOCHS, SWITCHES, TRIALS, draw, epochs


def space(trial: Any) -> None:
    """The space, by Optuna's own calls."""

    def loguniform(name: str, low: float, high: float) -> float:
        return float(trial.suggest_float(name, low, high, log=True))

    for name in ("radius", "scale"):
        draw(name, trial.suggest_categorical, loguniform, trial.suggest_float)
    trial.suggest_categorical("switch", SWITCHES)


class Training(tune.Trainable):
    """One epoch a step."""

    def setup(self, config: dict[str, Any]) -> None:
        """Begin a trial."""
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Begin another trial in the same process."""
        parts = {
            name: draw(
                name, lambda key, _: new_config[key], lambda key, *_: new_config[key], lambda key, *_: new_config[key]
            )
            for name in ("radius", "scale")
        }
        self._epochs: Iterator[float] = epochs({**parts, "switch": new_config["switch"]})
        self._done = 0
        return True

    def step(self) -> dict[str, Any]:
        """Train an epoch."""
        self._done += 1
        return {"val_acc": next(self._epochs), "done": self._done == EPOCHS}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Nothing is kept."""


def main() -> None:
    """Run the sweep and print the best."""
    os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"
    ray.init(log_to_driver=False, include_dashboard=False)
    with tempfile.TemporaryDirectory() as folder:
        tuner = tune.Tuner(
            tune.with_resources(Training, {"cpu": 1}),
            tune_config=tune.TuneConfig(
                search_alg=OptunaSearch(space, metric="val_acc", mode="max"),
                scheduler=ASHAScheduler(metric="val_acc", mode="max", max_t=EPOCHS, grace_period=3, reduction_factor=3),
                num_samples=TRIALS,
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(storage_path=folder, verbose=0),
        )
        found = tuner.fit()
        print(len(found), found.get_best_result("val_acc", "max").config)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
