"""A service is open to its machine only as long as it has never had a token, also when its database was lost."""

from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.server.database.connection import Database
from rts_search.server.database.tokens import create_token, revoke_token
from tests.rts_search.server.held import Held, fresh, open_on
from tests.rts_search.server.service import Service

LINE = r"serve: must have a token, since this service has had some, but its database holds none.*: --without-tokens"


def with_lost_database(folder: Path) -> Results:
    """A results folder in which a token was created and whose database was lost afterwards."""
    Service(folder / "results").token("ada", "admin")
    results = Results(folder / "results")
    results.database.unlink()
    return results


def status(service: Held) -> int:
    return service.client().get("/api/sweeps").status_code


def test_a_service_whose_database_was_lost_does_not_start_open_until_it_is_told(tmp_path: Path) -> None:
    results = with_lost_database(tmp_path)
    with pytest.raises(UserError, match=LINE):
        open_on(results)
    told = open_on(results, without_tokens=True)
    assert status(told) == 200
    create_token(told.app.state.parts.database, "eve", "viewer")
    assert status(told) == 401
    assert status(open_on(results)) == 401


def test_a_database_that_is_lost_while_the_service_runs_does_not_open_it(tmp_path: Path) -> None:
    service = fresh(tmp_path)
    assert status(service) == 200
    database = service.app.state.parts.database
    create_token(database, "ada", "admin")
    assert status(service) == 401
    revoke_token(database, "ada")
    assert status(service) == 401
    with pytest.raises(UserError, match=LINE):
        open_on(Results(service.results))


def test_a_service_of_an_earlier_version_remembers_its_tokens_when_it_starts(tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    results.require_space()
    create_token(Database(results.storage_url), "ada", "admin")
    assert status(open_on(results)) == 401
    results.database.unlink()
    with pytest.raises(UserError, match=LINE):
        open_on(results)
