"""A results folder with sweeps in several states, written as if they had been trained, for the tests of pages."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.analysis.arms.test_table import TUNED
from tests.rts_search.store.swept import Swept, all_of

FINISHED, TUNED_ONE, RUNNING, INTERRUPTED = "plain", "fair", "goes-on", "cut-off"


@dataclass(frozen=True)
class InStates:
    """The folder and the application on it. No job of its queue is started."""

    swept: Swept
    app: FastAPI


@contextlib.contextmanager
def in_states(folder: Path) -> Iterator[InStates]:
    """Four sweeps, one of which this process drives inside the `with` block."""
    swept = Swept(Results(folder / "results"))
    study = swept.sweep(FINISHED)
    for _ in range(study.total):
        swept.train(study, records=True)
    all_of(swept, swept.sweep(TUNED_ONE, *TUNED))
    for name in (RUNNING, INTERRUPTED):
        study = swept.sweep(name)
        swept.train(study)
        swept.train(study)
        swept.train(study, epochs=3, state="RUNNING")
    swept.results.sweep(INTERRUPTED).log.parent.mkdir(exist_ok=True)
    swept.results.sweep(INTERRUPTED).log.write_text("Ray is started\ntrial 2: lost its worker\n")
    with swept.results.sweep(RUNNING).driving():
        yield InStates(swept, create_app(ServerSettings(Workspace(swept.results), requests_per_second=10_000.0)))
