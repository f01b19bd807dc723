"""The answer to a check of a sweep file, and what a plan says while it is made."""

from pathlib import Path
from typing import Any

import pytest

from rts_search.basics.results_folder import Results
from tests.rts_search.server.held import fresh, hold
from tests.rts_search.server.service import YAML, small


@pytest.mark.slow
def test_a_check_says_how_large_a_confirmation_would_be(tmp_path: Path) -> None:
    client = fresh(tmp_path).client()

    def confirmation(content: str) -> dict[str, Any] | None:
        answer = client.post("/api/check", content=content, headers=YAML)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] | None = answer.json()["confirmation"]
        return found

    # All trials of this space cost the same, so that its three contenders are compared with one sgd run per seed.
    assert confirmation(small("one")) == {"in_file": False, "contenders": 3, "seeds": 5, "arms": {}, "runs": 9 + 15 + 5}
    section = f"{small('one')}confirm: {{top_k: 2, looks: [3, 8]}}\n"
    assert confirmation(section) == {"in_file": True, "contenders": 2, "seeds": 8, "arms": {}, "runs": 6 + 16 + 8}
    assert confirmation(small("one").replace("[sgd]", "[]")) is None


@pytest.mark.slow
def test_a_plan_says_what_it_is_doing(tmp_path: Path) -> None:
    held = fresh(tmp_path)
    client = held.client()
    asked = client.post("/api/plans", content=small("one"), headers=YAML).json()
    assert (asked["job"]["state"], asked["progress"]) == ("queued", [])
    output = held.results / ".plans" / f"{asked['job']['id']}.json"
    output.parent.mkdir()
    steps = [f"one: step {number}" for number in range(30)]
    output.write_text("\n".join(steps) + '\n\n{"trials": 3}\n')
    assert client.get(f"/api/plans/{asked['job']['id']}").json()["progress"] == steps[-20:]


def test_a_plan_tells_neither_files_nor_commands_of_the_service(tmp_path: Path) -> None:
    held = fresh(tmp_path)
    client = held.client()
    number = client.post("/api/plans", content=small("one"), headers=YAML).json()["job"]["id"]
    output = held.results / ".plans" / f"{number}.json"
    output.parent.mkdir()
    file = output.with_suffix(".yaml")
    stop = f"stopped; nothing that was stored is lost. The same command begins again: rts-search plan {file} --json"
    output.write_text(f"reading {file} (2 s)\n{stop}\n")
    told = client.get(f"/api/plans/{number}").json()["progress"]
    assert told == ["reading the sweep file (2 s)", "stopped; nothing that was stored is lost."]


@pytest.mark.slow
def test_a_plan_is_stopped_by_who_asked_for_it_and_by_nobody_else(tmp_path: Path) -> None:
    results = Results(tmp_path / "own")
    results.require_space()
    held = hold(results.folder, tmp_path)
    owner, other = held.client("ada"), held.client("bob")
    number = owner.post("/api/plans", content=small("one"), headers=YAML).json()["job"]["id"]
    refused = other.post(f"/api/plans/{number}/stop")
    assert (refused.status_code, "is not yours" in refused.json()["error"]) == (403, True)
    stopped = owner.post(f"/api/plans/{number}/stop")
    assert (stopped.status_code, stopped.json()["job"]["state"]) == (202, "cancelled")
    assert owner.post(f"/api/plans/{number}/stop").json()["job"]["state"] == "cancelled", "once more changes nothing"
    assert owner.post("/api/plans/99/stop").status_code == 404
