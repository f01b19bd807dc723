"""The place of sweeps: their results folder, their database and the machines that train them."""

import os
import shlex
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rts_search.basics.driver import Driver
from rts_search.basics.errors import UserError
from rts_search.basics.files import without_links
from rts_search.basics.results_folder import DEFAULT_RESULTS, Results
from rts_search.study.database.storage import shown_url, sqlite_file, storage_errors
from rts_search.study.home import require_home
from rts_search.study.studies import names, taken
from rts_search.study.study import SweepStudy
from rts_search.sweep.own_modules import import_from, own_names

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
    trains: bool = True
    """Whether the command trains, with this executor."""

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
        if study.results is not None:
            with storage_errors(self.storage_url):
                require_home(study, self.results, self.storage_url)
        if study.modules is not None:  # a command in another folder than that of the launch
            import_from(Path(study.modules), own_names(study.sweep.to_dict()))
        study.options, study.watch = self.going_on(study).running_options(), self.command("watch", name)
        return study

    def going_on(self, study: SweepStudy) -> "Workspace":
        """This place with the executor of a sweep, for commands that go on with it; as it is where this one trains."""
        return self if self.trains or not study.executor else replace(self, executor=study.executor)

    def require_new_name(self, name: str) -> None:
        """Refuse the name of a sweep that there is, and say whether it runs. Raises: UserError."""
        own = sqlite_file(self.storage_url)
        if (own is not None and not own.exists()) or not SweepStudy.exists(self.storage_url, name):
            return
        driver = None
        with suppress(UserError):  # a damaged sweep has its name, too
            driver = self.driver(SweepStudy.load(self.storage_url, name))
        raise taken(name, self.command("resume", name), "" if driver is None else self.command("watch", name))

    def require_place(self, name: str, known: Collection[str] | None = None) -> None:
        """Check that a new sweep of this name gets a results folder of its own, on any file system.

        A sweep of exactly this name is not looked for. The name itself was checked with its sweep file.

        known: names of the studies, where they have just been read.

        Raises: UserError: a file, or another sweep, is in its place.
        """
        own = sqlite_file(self.storage_url)
        here = [own] if own is not None and own.parent == self.results.folder.resolve() else []
        clash = self.results.clash_of(name, here)
        place = self.results.sweep(name).folder
        if clash is None and place.exists() and not place.is_dir():
            clash = place.name
        if clash is not None:
            raise UserError(
                f"{name}: must not be the name of another file in {self.results.folder} ({clash}); choose another name"
            )
        if known is None:
            known = names(self.storage_url) if own is None or own.exists() else []
        alike = {other for other in known if other != name and other.casefold() == name.casefold()}
        for other in sorted(alike.union(self.results.sweeps_but_for_case(name))):
            raise UserError(
                f"{name}: must differ from the names of all other sweeps in more than upper and lower case, but there "
                f"is {other}; choose another name"
            )

    def require_drivable(self, study: SweepStudy) -> None:
        """Refuse a sweep that runs, and a results folder that does not hold what it has trained. Raises: UserError."""
        with storage_errors(self.storage_url):
            study.require_idle()
            require_home(study, self.results, self.storage_url)

    def driver(self, study: SweepStudy) -> Driver | None:
        """The process that drives a sweep now, from this folder or any other; None where there is none."""
        with storage_errors(self.storage_url):
            return self.results.sweep(study.name).driver() or study.driver()

    def options(self) -> str:
        """The options with which a command finds this place again, ready to be pasted, without passwords."""
        default = self.results.folder == without_links(DEFAULT_RESULTS)
        found = "" if default else f" --results {_quoted(self.results.folder)}"
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
