"""With `track` in its file, a sweep logs every trial as a run in TensorBoard, MLflow and Weights & Biases."""

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from rts_search.running.tracking.mlflow import STUDY, MlflowTracker
from rts_search.running.tracking.tracker import TrackedSweep
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.sweep_file import check_sweep, parse_sweep
from rts_search.sweep.untrusted import Untrusted, require_trust
from tests.rts_search.conftest import CommandLine
from tests.trainables.core.history.test_store import RECORD

EPOCHS = 3
SWEEP = {
    "name": "tracked",
    "dataset": {"name": "digits", "num_train": 256},
    "model": "small",
    "training": {"epochs": EPOCHS, "batch_size": 32, "lr": 0.05},
    "space": {"radius": {"value": [0.5, 1.0]}, "timing": {"switch_epoch": [1]}},
    "search": {"sampler": "grid"},
    "scheduler": "none",
    "baselines": ["sgd"],
    "resources": {"max_concurrent_trials": 1},
    "track": ["tensorboard", "mlflow", "wandb"],
}
PROGRAM = """
import os, pathlib, sys
pathlib.Path(sys.argv[1]).write_text(os.environ["RTS_SEARCH_STATE"] + sys.stdin.read())
"""


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook server that fails at the first request and records the later ones."""
    heard: list[dict[str, Any]] = []
    asked = 0

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal asked
            asked += 1
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if asked > 1:
                heard.append(json.loads(content))
            self.send_response(200 if asked > 1 else 503)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", heard
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The ``noload`` loader")  # mlflow's own use of SQLAlchemy
def test_every_trial_is_a_run_and_the_end_is_told(
    cli: CommandLine, tmp_path: Path, webhook: tuple[str, list[dict[str, Any]]]
) -> None:
    url, heard = webhook
    told = tmp_path / "told"
    notify = {"webhook": url, "command": [sys.executable, "-c", PROGRAM, str(told)]}
    file = tmp_path / "tracked.yaml"
    file.write_text(yaml.safe_dump({**SWEEP, "notify": notify}))
    out = cli.run("launch", str(file), WANDB_MODE="offline").stdout
    assert "gets no more data" not in out
    epochs = pd.read_parquet(cli.results / "tracked" / "epochs.parquet")
    expected = {
        number: {row.epoch + 1: row.val_acc for row in rows.itertuples()} for number, rows in epochs.groupby("number")
    }
    tracking = cli.results / "tracked" / "tracking"
    assert tensorboard(tracking) == pytest.approx(
        {"000000-sgd": expected[0][EPOCHS], "000001": expected[1][EPOCHS], "000002": expected[2][EPOCHS]}
    )
    other = TrackedSweep("tracked", "0123456789ab")
    tracker = MlflowTracker(other, tracking / "mlflow")
    runs = {run.info.run_name: run for run in runs_of(tracker)}
    assert runs.keys() == {"000000-sgd", "000001", "000002"}
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    history = tracker._client.get_metric_history(runs["000002"].info.run_id, "val_acc")
    assert {metric.step: metric.value for metric in history} == pytest.approx(expected[2])
    assert runs["000002"].data.params["training.lr"] == "0.05"
    assert len(list((tracking / "wandb" / "wandb").glob("offline-run-*-tracked-*/*.wandb"))) == 3
    (answer,) = heard
    assert (answer["sweep"], answer["state"], answer["completed"], answer["message"]) == ("tracked", "finished", 3, "")
    assert answer["text"].startswith("tracked finished; 3 of 3 trials completed; best val_acc ")
    assert told.read_text() == "finished" + json.dumps(answer)

    entry = TrialEntry(1, "RUNNING", {"training": {"lr": 0.1}}, "", "", ())
    tracker.epoch(entry, replace(RECORD, epoch=0, val_acc=0.125))
    assert len(runs_of(tracker)) == 4, "a sweep of the same name in another folder has runs of its own"
    MlflowTracker(other, tracking / "mlflow").epoch(entry, replace(RECORD, epoch=1, val_acc=0.25))
    assert len(runs_of(tracker)) == 4, "and finds them again"
    # Runs of an earlier version have no tag: those that show the numbers of the trial are taken up.
    earlier = MlflowTracker(TrackedSweep("tracked", "ba9876543210", named_runs=2), tracking / "mlflow")
    (mine,) = [run for run in runs_of(tracker) if run.data.tags[STUDY] == other.identity]
    tracker._client.delete_tag(mine.info.run_id, STUDY)
    for values, known in (((0.125, 0.5), False), ((0.125, 0.25), True)):
        epochs = tuple(EpochEntry(epoch, "key", "here", True, 8, value) for epoch, value in enumerate(values))
        assert (earlier._known(replace(entry, epochs=epochs)) is not None) == known


def runs_of(tracker: MlflowTracker) -> list[Any]:
    """All runs on the server of a tracker under the name of its sweep."""
    return list(tracker._client.search_runs([tracker._experiment]))


def test_ids_of_runs_differ_between_sweeps_of_a_name_and_are_those_of_an_earlier_version_where_that_began() -> None:
    one, other = TrackedSweep("mine", "0123456789ab"), TrackedSweep("mine", "ba9876543210", named_runs=2)
    assert [one.run_id(number) for number in (0, 2)] == ["mine-0123456789ab-0", "mine-0123456789ab-2"]
    assert [other.run_id(number) for number in (0, 1, 2)] == ["mine-0", "mine-1", "mine-ba9876543210-2"]
    assert (one.unique_name, other.unique_name) == ("mine-0123456789ab", "mine")
    assert len(TrackedSweep("m" * 64, "0123456789ab").run_id(999_999)) <= 64


def tensorboard(tracking: Path) -> dict[str, float]:
    """Run name -> its last val_acc."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = {}
    for folder in (tracking / "tensorboard").iterdir():
        events = EventAccumulator(str(folder)).Reload()
        scalars = events.Scalars("val_acc")
        assert [scalar.step for scalar in scalars] == list(range(1, EPOCHS + 1))
        found[folder.name] = scalars[-1].value
    return found


@pytest.mark.slow
def test_a_tracker_that_fails_and_nobody_who_hears_change_nothing(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "tracked.yaml"
    notify = {"command": [str(tmp_path / "no such program")]}
    file.write_text(yaml.safe_dump({**SWEEP, "track": "mlflow", "notify": notify}))
    out = cli.run("launch", str(file), MLFLOW_TRACKING_URI="nonsense://nowhere").stdout
    assert "mlflow gets no more data of this sweep, because it failed: " in out
    assert "notify.command: the notification of the end of the sweep could not be sent: " in out
    assert json.loads(cli.run("status", "tracked", "--json").stdout)["completed"] == 3


def test_a_library_that_is_not_there_is_named_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rts_search.sweep.sweep_file.find_spec", lambda _: None)
    with pytest.raises(Exception, match=r"tracked: track: needs pip install 'rts-search\[tensorboard\]'"):
        check_sweep(SWEEP, "tracked")


def test_wandb_without_a_login_is_refused_before_anything_starts(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "tracked.yaml"
    file.write_text(yaml.safe_dump({**SWEEP, "track": ["wandb"]}))
    nowhere = {"HOME": str(tmp_path), "NETRC": str(tmp_path / "netrc")}
    assert cli.refused("launch", str(file), **nowhere).startswith(
        "rts-search: tracked: track: wandb needs a login: run `wandb login`, set WANDB_API_KEY, set WANDB_MODE=offline "
    )
    assert not (cli.results / "tracked").exists()
    out = cli.run("launch", str(file), WANDB_MODE="offline", **nowhere).stdout
    assert "gets no more data" not in out, "the same process has asked the library for a login before"


def test_over_http_a_sweep_notifies_nobody() -> None:
    for notify in ({"webhook": "http://169.254.169.254/"}, {"command": ["rm", "-rf", "/"]}):
        sweep = parse_sweep({**SWEEP, "model": {"name": "small"}, "scheduler": {"name": "none"}, "notify": notify}, "x")
        with pytest.raises(Untrusted, match="notify: must be left out"):
            require_trust(sweep, (), allow_code=False)
        require_trust(sweep, (), allow_code=True)
