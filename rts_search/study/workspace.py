"""The place of sweeps: their results folder, their database and the machines that train them."""

import os
import shlex
from dataclasses import dataclass

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import DEFAULT_RESULTS, Results
from rts_search.study.database.storage import shown_url
from rts_search.study.study import SweepStudy

PATIENCE_SECONDS = 120.0
TRAINING = ("launch", "resume", "confirm")
"""The commands on a sweep that train."""


@dataclass(frozen=True)
class Workspace:
    """The results folder, the database and the executor of a command."""

    results: Results
    storage: str | None = None
    """URL of the study database; the SQLite file of the results folder when absent."""
    address: str | None = None
    """Ray cluster to join; a local Ray when absent."""
    verbose: bool = False
    """Whether Ray's own messages are shown."""
    executor: str = "ray"
    """Where trials train: `ray`, or `inline` in the driver's own process."""
    patience_seconds: float = PATIENCE_SECONDS
    """How long a sweep waits for a database server that does not answer."""

    @property
    def storage_url(self) -> str:
        """URL of the study database in use."""
        return self.storage or self.results.storage_url

    @property
    def elsewhere(self) -> str | None:
        """The results folder, for a study that is kept in another place; None for a study in the folder itself."""
        return str(self.results.folder) if self.storage is not None else None

    def load(self, name: str) -> SweepStudy:
        """Load a sweep by its name. Raises: UserError: there is none, or its results are in another folder."""
        study = SweepStudy.load(self.storage_url, name)
        if study.results not in (None, self.elsewhere):
            raise UserError(
                f"--results: must be {shlex.quote(str(study.results))}, where {name} was launched, but got "
                f"{self.results.folder}"
            )
        study.options = self.running_options()
        return study

    def options(self) -> str:
        """The options with which a command finds this place again, ready to be pasted, without passwords."""
        found = "" if self.results.folder == DEFAULT_RESULTS.resolve() else f" --results {_quoted(self.results.folder)}"
        return found if self.storage is None else f"{found} --storage {_quoted(shown_url(self.storage))}"

    def running_options(self) -> str:
        """The options of a command that trains here."""
        found = self.options() + ("" if self.executor == "ray" else f" --executor {self.executor}")
        named = self.address is not None and self.address != os.environ.get("RAY_ADDRESS")
        return f"{found} --address {_quoted(self.address)}" if named else found

    def command(self, verb: str, name: str, *more: str) -> str:
        """A command on a sweep in this place, ready to be pasted, such as `rts-search resume digits --results here`.

        Args:
            verb: the command. What trains gets the options for it.
            name: of the sweep.
            more: further arguments, quoted where they need it.
        """
        options = self.running_options() if verb in TRAINING else self.options()
        return " ".join(["rts-search", verb, name, *more]) + options


def _quoted(value: object) -> str:
    return shlex.quote(str(value))
