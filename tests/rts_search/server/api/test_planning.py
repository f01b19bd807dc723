"""What the service says of a sweep before it is launched."""

from pathlib import Path
from typing import Any

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.server.conftest import YAML, small
from tests.rts_search.server.held import Held


def test_a_checked_sweep_is_told_what_confirming_it_comes_to(tmp_path: Path) -> None:
    workspace = Workspace(Results(tmp_path / "results"))
    workspace.results.require_space()
    client = Held(create_app(ServerSettings(workspace)), tmp_path, {}).client()

    def confirmation(content: str) -> dict[str, Any] | None:
        answer = client.post("/api/check", content=content, headers=YAML)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] | None = answer.json()["confirmation"]
        return found

    # All trials of this space cost the same, so that its three contenders face one sgd for each seed.
    assert confirmation(small("one")) == {"in_file": False, "contenders": 3, "seeds": 5, "runs": 9 + 15 + 5}
    section = f"{small('one')}confirm: {{top_k: 2, looks: [3, 8]}}\n"
    assert confirmation(section) == {"in_file": True, "contenders": 2, "seeds": 8, "runs": 6 + 16 + 8}
    assert confirmation(small("one").replace("[sgd]", "[]")) is None
