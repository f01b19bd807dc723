"""The job runner turns each job of the API into a command that the command line accepts, with the user's values."""

from pathlib import Path
from typing import Any

import pytest
import typer

from rts_search.basics.results_folder import Results
from rts_search.cli import app
from tests.rts_search.server.held import Held, open_on
from tests.rts_search.server.service import YAML, small
from tests.rts_search.store.swept import EPOCHS, Swept


@pytest.fixture
def service(tmp_path: Path) -> Held:
    """The application with a sweep whose budget is used up."""
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine", "search={sampler: random, trials: 4}", f"budget.gradient_evaluations={8 * EPOCHS}")
    swept.train(study)
    swept.train(study)
    return open_on(swept.results)


def command_of_the_job(service: Held) -> tuple[str, dict[str, Any]]:
    """The command of the only waiting job, and its options as the command line parses them."""
    parts = service.app.state.parts
    (job,) = parts.jobs.waiting()
    name, *words = parts.job_runner.arguments(job)
    group: Any = typer.main.get_command(app)
    options = group.commands[name].make_context(name, list(words)).params
    return name, {option: value for option, value in options.items() if value not in (None, False)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("action", "body", "command", "options"),
    [
        ("resume", None, "resume", {}),
        ("resume", {"budget": {"hours": 2.5}}, "resume", {"overrides": ["budget.hours=2.5"]}),
        ("extend", {"trials": 9}, "resume", {"trials": 9}),
        ("confirm", None, "confirm", {}),
        (
            "confirm",
            {"top_k": 2, "seeds": 4, "budget": {"gradient_evaluations": 1000}},
            "confirm",
            {"top_k": 2, "seeds": 4, "overrides": ["budget.gradient_evaluations=1000"]},
        ),
    ],
)
def test_an_action_becomes_a_command_with_its_values(
    service: Held, action: str, body: dict[str, Any] | None, command: str, options: dict[str, Any]
) -> None:
    answer = service.client().post(f"/api/sweeps/mine/{action}", json=body)
    assert answer.status_code == 202, answer.text
    name, found = command_of_the_job(service)
    assert name == command
    assert {option: found.get(option) for option in ("name", *options)} == {"name": "mine", **options}


@pytest.mark.parametrize(("path", "command"), [("/api/sweeps", "launch"), ("/api/plans", "plan")])
def test_a_new_sweep_becomes_a_command_with_its_file(service: Held, path: str, command: str) -> None:
    answer = service.client().post(path, content=small("new", trials=7), headers=YAML)
    assert answer.status_code == 202, answer.text
    name, found = command_of_the_job(service)
    assert (name, found.get("as_json", False)) == (command, command == "plan")
    assert "trials: 7" in Path(found["sweep"]).read_text()
