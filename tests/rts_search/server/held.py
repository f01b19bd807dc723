"""The application with one finished sweep, and a queue that nobody takes anything from."""

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
from tests.rts_search.server.conftest import Service, small

PEOPLE = {"vera": "viewer", "ada": "runner", "bob": "runner", "root": "admin"}
FINISHED = "done"


@dataclass
class Held:
    """The application and who may use it."""

    app: FastAPI
    results: Path
    tokens: dict[str, str]

    def client(self, who: str | None = None, **more: Any) -> TestClient:
        """Somebody who asks."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        settings = {"base_url": "http://localhost", "follow_redirects": False, **more}
        return TestClient(self.app, headers=headers, raise_server_exceptions=False, **settings)


def hold(results: Path, data_root: Path, **more: Any) -> Held:
    """Train one sweep and make the application; its queue stands still as long as nobody enters its lifespan."""
    file = results.parent / "done.yaml"
    file.write_text(small(FINISHED))
    Service(results).command("launch", str(file))
    workspace = Workspace(Results(results))
    tokens = {name: create_token(Database(workspace.storage_url), name, role) for name, role in PEOPLE.items()}
    settings = ServerSettings(
        workspace, data_roots=(data_root,), requests_per_second=10_000.0, logins_per_minute=10_000.0, **more
    )
    return Held(create_app(settings), results, tokens)
