"""Actions on a sweep are refused when their arguments or the state of the sweep do not allow them."""

import pytest

from tests.rts_search.server.held import FINISHED, SWEEP, Held, content_type
from tests.rts_search.server.service import YAML, small

pytestmark = pytest.mark.usefixtures("nothing_is_queued")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("extend", '{"trials": 0}'),
        ("extend", '{"trials": 1}'),
        ("extend", '{"trials": "9"}'),
        ("extend", '{"trials": 9, "results": "/etc"}'),
        ("extend", ""),
        ("confirm", '{"seeds": 1}'),
        ("confirm", '{"top_k": 1e9}'),
        ("confirm", '{"seeds": 5, "--results": "/etc"}'),
        ("resume", '{"budget": {"hours": "1; ls"}}'),
        ("resume", '{"budget": {"hours": -1}}'),
        ("resume", '{"__proto__": 1}'),
    ],
)
def test_arguments_are_checked_before_a_job_is_queued(held: Held, path: str, content: str) -> None:
    answer = held.client("root").post(f"{SWEEP}/{path}", content=content, headers=content_type(""))
    assert answer.status_code == 422, answer.text


def test_an_action_that_the_state_of_the_sweep_does_not_allow_is_refused(held: Held) -> None:
    root = held.client("root")
    assert root.post(f"{SWEEP}/stop").status_code == 409
    assert root.post(f"{SWEEP}/resume").status_code == 409
    assert root.post("/api/sweeps", content=small(FINISHED), headers=YAML).status_code == 409
    assert root.post("/api/sweeps/none/stop").status_code == 404
    assert root.get(f"{SWEEP}/trials/99/epochs").status_code == 404
    assert root.get(f"{SWEEP}/plan").status_code == 404
    assert root.get(f"{SWEEP}/figures/secrets").status_code == 422


@pytest.mark.parametrize(
    ("path", "content", "line"),
    [
        ("extend", '{"trials": 0}', "body.trials: must be >= 1, but got 0"),
        ("extend", '{"trials": "9"}', "body.trials: must be an integer, but got '9'"),
        ("extend", "{}", "body.trials: is missing"),
        ("confirm", '{"seed": 5}', "body.seed: is no setting here, but got 5"),
    ],
)
def test_a_refused_argument_is_named_with_its_rule_and_value(held: Held, path: str, content: str, line: str) -> None:
    answer = held.client("root").post(f"{SWEEP}/{path}", content=content, headers=content_type(""))
    assert (answer.status_code, answer.json()["error"]) == (422, line)
