"""The application in the tests' own process, with one finished sweep and a queue from which no job is started."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.database.connection import Database
from rts_search.server.database.tokens import create_token
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.server.service import YAML, Service, small

PEOPLE = {"vera": "viewer", "ada": "runner", "bob": "runner", "root": "admin"}
FINISHED = "done"
SWEEP = f"/api/sweeps/{FINISHED}"
CHANGES = (
    ("POST", "/api/sweeps", small("new")),
    ("POST", "/api/plans", small("new")),
    ("POST", f"{SWEEP}/stop", ""),
    ("POST", f"{SWEEP}/resume", ""),
    ("POST", f"{SWEEP}/extend", '{"trials": 9}'),
    ("POST", f"{SWEEP}/confirm", ""),
    ("PATCH", f"{SWEEP}/note", '{"text": "mine"}'),
    ("DELETE", SWEEP, ""),
)
"""Every request that changes something: method, path and body. The first two concern a sweep that is new."""


@dataclass
class Held:
    """The application and the tokens of its users."""

    app: FastAPI
    results: Path
    tokens: dict[str, str]

    def client(self, who: str | None = None, **more: Any) -> TestClient:
        """A client with the token of a user, or without."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        settings = {"base_url": "http://localhost", "follow_redirects": False, **more}
        return TestClient(self.app, headers=headers, raise_server_exceptions=False, **settings)


def train(results: Path) -> None:
    """Train the sweep `done`, without Ray: the tests that use it only read it."""
    file = results.parent / "done.yaml"
    file.write_text(small(FINISHED))
    Service(results).command("launch", str(file))


def hold(results: Path, data_root: Path, **more: Any) -> Held:
    """Make the application; its job runner does not start as long as no client enters the lifespan."""
    workspace = Workspace(Results(results))
    tokens = {name: create_token(Database(workspace.storage_url), name, role) for name, role in PEOPLE.items()}
    settings = ServerSettings(
        workspace, data_roots=(data_root,), requests_per_second=10_000.0, logins_per_minute=10_000.0, **more
    )
    return Held(create_app(settings), results, tokens)


def content_type(path: str) -> dict[str, str]:
    """The header that a change needs: YAML for a sweep file, else JSON."""
    return YAML if path in ("/api/sweeps", "/api/plans") else {"Content-Type": "application/json"}


def fresh(folder: Path, **settings: Any) -> Held:
    """The application on an empty results folder, without tokens and with the default limits."""
    results = Results(folder / "own")
    results.require_space()
    return open_on(results, **settings)


def open_on(results: Results, **settings: Any) -> Held:
    """The application on a results folder, without tokens."""
    return Held(create_app(ServerSettings(Workspace(results), **settings)), results.folder, {})
