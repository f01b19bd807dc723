"""Names in paths are names only, and no sweep takes the place of a file of ours."""

import pytest

from tests.rts_search.server.held import FINISHED, Held
from tests.rts_search.server.service import YAML, small

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


@pytest.mark.parametrize("name", ["studies.sqlite3-journal", "STUDIES.sqlite3-Wal", "Store", "a.lock"])
@pytest.mark.parametrize("path", ["/api/sweeps", "/api/plans", "/api/check"])
def test_a_name_of_a_file_of_ours_is_refused(held: Held, name: str, path: str) -> None:
    root, line = held.client("root"), "the sweep: name: must not be the name of another file in the results folder"
    for answer in (
        root.post(path, content=small(name), headers=YAML),
        root.post(f"{path}?name={name}", content=small("new"), headers=YAML),
    ):
        assert (answer.status_code, answer.json()["error"].startswith(line)) == (422, True), answer.text


def test_a_name_that_differs_from_another_sweep_in_case_alone_is_refused(held: Held) -> None:
    answer = held.client("root").post("/api/sweeps", content=small(FINISHED.upper()), headers=YAML)
    assert (answer.status_code, f"but there is {FINISHED}" in answer.json()["error"]) == (409, True)
