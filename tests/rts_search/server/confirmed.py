"""A sweep whose search is over and whose confirmation is under way, and the service on its folder."""

from dataclasses import dataclass, replace
from pathlib import Path

from starlette.testclient import TestClient

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.server.state import ServerState
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.planned_runs import PlannedRun
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept, all_of


@dataclass
class Confirmed:
    """The sweep `mine`, its results folder, and a client of this machine. No job of the queue is started."""

    swept: Swept
    study: SweepStudy
    client: TestClient
    parts: ServerState

    def confirmation(self, runs: int) -> ConfirmationStudy:
        """Begin the confirmation, with runs of trial 4 and of the baseline in turns, each on a seed of its own."""
        found = ConfirmationStudy.of(self.swept.results.storage_url, self.study)
        entries = self.study.trials()
        for number in range(runs):
            config = entries[0 if number % 2 else 4].settings
            training = replace(config.training, seed=1000 + number)
            label = "sgd" if number % 2 else "4"
            found.plan([PlannedRun(label, replace(config, training=training))])
        return found

    def job(self, **asked: int) -> None:
        """Put a confirmation in the queue, whose driver has begun."""
        job = self.parts.jobs.add("confirm", "mine", asked, "ada")
        self.parts.jobs.claim(job, "host/here")
        self.parts.jobs.report("host/here")


def run(study: ConfirmationStudy, epochs: int, state: str = "COMPLETE") -> None:
    """Begin the next planned run and train some epochs; end it unless the state is RUNNING."""
    entry = study.open_trials.begin()
    for epoch in range(epochs):
        study.open_trials.record_epoch(entry.number, EpochEntry(epoch, f"{entry.number}-{epoch}", "here", True, 8, 0.5))
    if state != "RUNNING":
        study.open_trials.finish(entry.number, state)


def confirmed(folder: Path) -> Confirmed:
    """A finished sweep without a confirmation."""
    swept = Swept(Results(folder / "results"))
    study = swept.sweep("mine")
    all_of(swept, study)
    app = create_app(ServerSettings(Workspace(swept.results), requests_per_second=10_000.0))
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    return Confirmed(swept, study, client, app.state.parts)
