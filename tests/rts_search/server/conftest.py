"""Fixtures for the tests of the service."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import func, select

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.database.connection import Database
from rts_search.server.database.tables import JobRow
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.server.held import Held, hold, train
from tests.rts_search.server.listening import listening
from tests.rts_search.server.service import Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Make services, each on a results folder of its own; all their processes end with the test."""
    made: list[Service] = []

    def make(*arguments: str, **environment: str) -> Service:
        made.append(Service(tmp_path / f"results{len(made) or ''}", *arguments, **environment))
        return made[-1]

    yield make
    for service in made:
        service.kill_everything()


@pytest.fixture
def service_here(serve: Callable[..., Service], monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service in the tests' own process, with drivers in processes of their own."""
    service = serve()
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    with listening(create_app(ServerSettings(Workspace(Results(service.results))))) as service.url:
        yield service


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one finished sweep, which is trained once for all tests."""
    results = tmp_path_factory.mktemp("trained") / "results"
    train(results)
    return results


@pytest.fixture(scope="module")
def held(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """The application with a copy of that sweep, and a queue from which no job is started."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(trained, folder / "results")
    (folder / "data").mkdir()
    return hold(folder / "results", folder / "data")


@pytest.fixture(scope="module")
def database(held: Held) -> Database:
    return Database(Workspace(Results(held.results)).storage_url)


@pytest.fixture
def nothing_is_queued(database: Database) -> Iterator[None]:
    """Insist that the queue is still empty after the test."""
    yield
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(JobRow)) == 0
