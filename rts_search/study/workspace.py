"""Where sweeps are kept and where they run."""

from dataclasses import dataclass

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import DEFAULT_RESULTS, Results
from rts_search.study.database.storage import shown_url
from rts_search.study.study import SweepStudy

PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Workspace:
    """Where sweeps are kept and where they run."""

    results: Results
    storage: str | None = None
    """Database URL; the SQLite file of the results folder when absent."""
    address: str | None = None
    """Ray cluster to join; a local Ray when absent."""
    verbose: bool = False
    """Whether Ray's own messages are shown."""
    executor: str = "ray"
    """Where trials train: `ray`, or `inline` in the driver's own process."""
    patience_seconds: float = PATIENCE_SECONDS
    """How long a sweep waits for a database server that is away."""

    @property
    def storage_url(self) -> str:
        """The database in use."""
        return self.storage or self.results.storage_url

    @property
    def elsewhere(self) -> str | None:
        """The results folder as a study in a database outside of it has to know it; None for the folder's own."""
        return str(self.results.folder) if self.storage is not None else None

    def load(self, name: str) -> SweepStudy:
        """A launched sweep by its name. Raises: UserError, also when its results are kept in another folder."""
        study = SweepStudy.load(self.storage_url, name)
        if study.results not in (None, self.elsewhere):
            raise UserError(
                f"--results: must be {study.results}, where {name} was launched, but got {self.results.folder}"
            )
        return study

    def options(self) -> str:
        """What a command has to be told to find this place again, passwords left out."""
        told = "" if self.results.folder == DEFAULT_RESULTS.resolve() else f" --results {self.results.folder}"
        return told if self.storage is None else f"{told} --storage {shown_url(self.storage)}"

    def running_options(self) -> str:
        """The same for a command that trains."""
        return self.options() + ("" if self.executor == "ray" else f" --executor {self.executor}")
