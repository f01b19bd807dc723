"""The worker as a Ray Trainable, so that Ray Tune can run it."""

from typing import Any

from ray import tune

from trainables.order import TrialOrder
from trainables.worker import TrialWorker


class RTSTrainable(tune.Trainable):
    """Carries out one order after another in an actor of Ray Tune. Tune calls the methods below."""

    def setup(self, config: dict[str, Any]) -> None:
        """Called once with the first order: make the worker."""
        self._worker = TrialWorker()
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Called with every later order. Returns True: this process can carry it out."""
        self._worker.take(TrialOrder.from_dict(new_config["order"]))
        return True

    def step(self) -> dict[str, Any]:
        """Called until the order is finished; returns the worker's next report."""
        return self._worker.report()
