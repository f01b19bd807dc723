"""Fixtures of the pages: sweeps in several states, and their service on a port."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.rts_search.server.listening import listening
from tests.rts_search.server.pages.sweeps_in_states import InStates, in_states


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InStates]:
    with in_states(tmp_path_factory.mktemp("states")) as made:
        yield made


@pytest.fixture
def local(states: InStates) -> TestClient:
    """A user of this machine, who may do everything."""
    return TestClient(states.app, base_url="http://localhost", follow_redirects=False)


@pytest.fixture(scope="module")
def address(states: InStates) -> Iterator[str]:
    with listening(states.app, lifespan="off") as url:
        yield url
