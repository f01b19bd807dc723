"""What the parts of a sweep take on the machines at hand."""

from dataclasses import dataclass

from rts_search.analysis.forecast.upcoming_trials import PlannedEpoch


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
    sgd_recording: float = 0.0
    """Of every epoch of SGD besides its steps, where a GPU records them."""
    pugd_recording: float = 0.0

    def seconds(self, epoch: PlannedEpoch, steps: int, state_every: float) -> float:
        """Of a trained epoch, with its part in a state."""
        more = epoch.gradients - 1
        step = self.sgd_step + more * (self.pugd_step - self.sgd_step)
        recording = self.sgd_recording + more * (self.pugd_recording - self.sgd_recording)
        trained = recording + steps * step + self.validation
        return trained + self.epoch + self.state * (min(1.0, trained / state_every) if state_every else 1.0)
