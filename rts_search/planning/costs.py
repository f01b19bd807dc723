"""What the parts of a sweep take on the machines at hand."""

from dataclasses import dataclass

from rts_search.planning.points import PlannedEpoch


@dataclass(frozen=True)
class Costs:
    """What things take on the machines at hand, in seconds and bytes."""

    sgd_step: float
    pugd_step: float
    validation: float
    test: float
    state: float
    epoch: float
    """Of every epoch besides training and validation."""
    trial: float
    """Between two trials of a worker."""
    start: float
    """Until the first trial trains."""
    worker: float
    """Until a worker for the final test is there."""
    state_bytes: int
    memory_bytes: int
    gpu_memory_bytes: int
    cluster_bytes: int
    """Memory of all nodes that Ray gives to workers."""

    def seconds(self, epoch: PlannedEpoch, steps: int, state_every: float) -> float:
        """Of a trained epoch, with its part in a state."""
        step = self.sgd_step + (epoch.gradients - 1) * (self.pugd_step - self.sgd_step)
        trained = steps * step + self.validation
        return trained + self.epoch + self.state * (min(1.0, trained / state_every) if state_every else 1.0)
