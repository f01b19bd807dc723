"""The TensorBoard tracker: event files in the sweep's folder."""

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from rts_search.running.tracking.tracker import Tracker, figures, run_name, settings
from rts_search.study.trials import TrialEntry
from trainables.core.history.record import EpochRecord


class TensorBoardTracker(Tracker):
    """Writes one run folder for every trial."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[int, SummaryWriter] = {}

    def epoch(self, entry: TrialEntry, record: EpochRecord) -> None:
        """Write the numbers of an epoch, and before the first epoch the settings."""
        writer = self._writers.get(entry.number)
        if writer is None:
            writer = self._writers[entry.number] = SummaryWriter(str(self._folder / run_name(entry)))
            writer.add_text("settings", "\n".join(f"- {name}: {value}" for name, value in settings(entry).items()))
        for name, value in figures(record).items():
            writer.add_scalar(name, value, record.epoch + 1)

    def ended(self, entry: TrialEntry, state: str) -> None:
        """Close the trial's file. If the trial continues, it gets a second file in the same folder."""
        writer = self._writers.pop(entry.number, None)
        if writer is not None:
            writer.add_text("state", state)
            writer.close()

    def close(self) -> None:
        """Close all open files."""
        for writer in self._writers.values():
            writer.close()
