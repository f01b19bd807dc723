"""The metrics for Prometheus, and the log as JSON."""

import json
import logging
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rts_search.cli import main
from tests.rts_search.server.held import FINISHED, Held


def test_the_metrics_count_sweeps_requests_and_jobs(held: Held) -> None:
    assert held.client().get("/metrics").status_code == 401
    vera = held.client("vera")
    for _ in range(3):
        vera.get(f"/api/sweeps/{FINISHED}")
    vera.get("/api/sweeps/none")
    answer = vera.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    samples = {(sample.name, *sorted(sample.labels.items())): sample.value for f in families for sample in f.samples}
    status = vera.get(f"/api/sweeps/{FINISHED}").json()
    sweep = ("sweep", FINISHED)
    assert samples["rts_search_sweep_trials", ("state", "completed"), sweep] == status["completed"]
    assert samples["rts_search_sweep_state", ("state", "finished"), sweep] == 1
    assert samples["rts_search_sweep_gradient_evaluations_spent", sweep] == status["gradient_evaluations_spent"]
    assert samples["rts_search_sweep_best_val_acc", sweep] == status["best"]["val_acc"]
    route = ("route", "/api/sweeps/{name}")
    assert samples["rts_search_requests_total", ("method", "GET"), route, ("status", "200")] == 3
    assert samples["rts_search_requests_total", ("method", "GET"), route, ("status", "404")] == 1
    assert samples["rts_search_request_seconds_count", route] == 4
    assert samples[("rts_search_jobs_waiting",)] == 0


def test_the_log_as_json_names_the_user_of_a_request_and_no_secret(
    held: Held, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rts_search.server.logging import set_up_logging

    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.root.level)
    monkeypatch.setenv("RTS_SEARCH_LOG", "json")
    set_up_logging()
    held.client("ada").post(f"/api/sweeps/{FINISHED}/resume")
    held.client().get("/api/sweeps")
    held.client("vera").get("/metrics")
    err = capsys.readouterr().err
    lines = [json.loads(line) for line in err.splitlines() if "rts_search.requests" in line]
    told = [{name: line[name] for name in ("method", "route", "sweep", "status", "who")} for line in lines]
    route = "/api/sweeps/{name}/resume"
    assert told == [
        {"method": "POST", "route": route, "sweep": FINISHED, "status": 403, "who": "ada"},
        {"method": "GET", "route": "/api/sweeps", "sweep": "", "status": 401, "who": ""},
    ]
    assert all(isinstance(line["milliseconds"], float) and line["time"] for line in lines)
    assert not [token for token in held.tokens.values() if token in err]


def test_an_unknown_form_of_log_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RTS_SEARCH_LOG", "xml")
    monkeypatch.setattr("sys.argv", ["rts-search", "serve", "--results", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (
        2,
        "rts-search: RTS_SEARCH_LOG: must be text or json, but got 'xml'\n",
    )
