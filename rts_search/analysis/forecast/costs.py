"""The measured time and size of each part of a sweep."""

from dataclasses import dataclass

from rts_search.analysis.forecast.upcoming_trials import PlannedEpoch


@dataclass(frozen=True)
class Costs:
    """Time of each part of a sweep in seconds, and sizes in bytes, as measured on the machines that are available."""

    sgd_step: float
    """Seconds of one step of SGD."""
    pugd_step: float
    """Seconds of one step of PUGD."""
    validation: float
    """Seconds of one pass over the validation part."""
    test: float
    """Seconds of one pass over the test part."""
    state: float
    """Seconds to write one state."""
    epoch: float
    """Seconds that every epoch takes besides training and validation."""
    trial: float
    """Seconds between two trials on the same worker."""
    start: float
    """Seconds until the first trial trains."""
    worker: float
    """Seconds until a worker for the final test has started."""
    state_bytes: int
    memory_bytes: int
    gpu_memory_bytes: int
    cluster_bytes: int
    """Memory of all nodes that trials may use."""
    sgd_recording: float = 0.0
    """Seconds to record an epoch's step of SGD on a GPU; 0 where steps are not recorded."""
    pugd_recording: float = 0.0
    """The same for PUGD."""

    def seconds(self, epoch: PlannedEpoch, steps: int, state_every: float) -> float:
        """Seconds of a trained epoch, with its share of the time to write a state.

        Args:
            epoch: the epoch.
            steps: mini-batches of an epoch.
            state_every: seconds of training between two states; 0 writes one after every epoch.
        """
        more = float(epoch.gradients - 1)
        perturbing = more * epoch.due(steps) * (self.pugd_step - self.sgd_step)
        recording = self.sgd_recording + more * (self.pugd_recording - self.sgd_recording)
        if more and epoch.every > 1:  # both kinds of steps are recorded
            recording += self.sgd_recording
        trained = recording + steps * self.sgd_step + perturbing + self.validation
        return trained + self.epoch + self.state * (min(1.0, trained / state_every) if state_every else 1.0)
