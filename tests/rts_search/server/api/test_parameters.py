"""Names in paths are names only."""

import pytest

from tests.rts_search.server.held import Held

pytestmark = pytest.mark.usefixtures("nothing_is_queued")


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "....//etc",
        "%00",
        "a%0ab",
        ".tokens",
        "-rf",
        "done:confirm",
        "x" * 65,
        "%c0%ae%c0%ae",
    ],
)
@pytest.mark.parametrize("part", ["", "/table", "/sweep", "/trials/0/epochs"])
def test_the_name_of_a_sweep_never_becomes_another_path(held: Held, name: str, part: str) -> None:
    answer = held.client("vera").get(f"/api/sweeps/{name}{part}")
    # A client that walks up `..` itself asks for another path of the service: the list, or what there is not.
    assert answer.status_code in ((200, 404, 422) if name == ".." else (404, 422)), answer.text
    assert "root:" not in answer.text
