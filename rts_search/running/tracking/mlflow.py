"""The MLflow tracker: one experiment for all sweeps of a name, one run for every trial of each."""

import os
import time
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run

from rts_search.running.tracking.tracker import TrackedSweep, Tracker, figures, run_name, settings
from rts_search.study.trials import TrialEntry
from trainables.core.history.record import EpochRecord

STUDY = "rts_search_study"
"""The tag of a run with the identity of its sweep."""
STATES = {"COMPLETE": "FINISHED", "PRUNED": "KILLED", "FAIL": "FAILED", "RUNNING": "SCHEDULED"}


class MlflowTracker(Tracker):
    """Logs to the server of MLFLOW_TRACKING_URI, or without it to a database in the sweep's folder."""

    def __init__(self, sweep: TrackedSweep, folder: Path) -> None:
        self._sweep = sweep
        folder.mkdir(parents=True, exist_ok=True)
        self._client = MlflowClient(os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder / 'mlflow.db'}")
        known = self._client.get_experiment_by_name(sweep.name)
        self._experiment: str = known.experiment_id if known else self._client.create_experiment(sweep.name)
        self._runs: dict[int, str] = {}

    def epoch(self, entry: TrialEntry, record: EpochRecord) -> None:
        """Log the numbers of an epoch, unless its run has them already."""
        run = self._run(entry)
        logged = self._client.get_metric_history(run, "val_acc")
        if any(metric.step == record.epoch + 1 for metric in logged):
            return
        now = int(1000 * time.time())
        self._client.log_batch(
            run, metrics=[Metric(name, value, now, record.epoch + 1) for name, value in figures(record).items()]
        )

    def ended(self, entry: TrialEntry, state: str) -> None:
        """Set the state of the trial's run. If the trial continues, its run continues too."""
        if entry.number in self._runs:
            self._client.set_terminated(self._runs.pop(entry.number), STATES[state])

    def close(self) -> None:
        """Do nothing: no file or connection is open."""

    def _run(self, entry: TrialEntry) -> str:
        if entry.number not in self._runs:
            found = self._known(entry)
            if found is not None:
                self._runs[entry.number] = found.info.run_id
                self._client.update_run(found.info.run_id, "RUNNING")
            else:
                tags = {STUDY: self._sweep.identity}
                run = self._client.create_run(self._experiment, run_name=run_name(entry), tags=tags)
                self._client.log_batch(
                    run.info.run_id,
                    params=[Param(name, str(value)) for name, value in settings(entry).items() if value is not None],
                )
                self._runs[entry.number] = run.info.run_id
        return self._runs[entry.number]

    def _known(self, entry: TrialEntry) -> Run | None:
        """The run that the trial has on the server. One of an earlier version, without the tag, gets it now."""
        named = f"attributes.run_name = '{run_name(entry)}'"
        own = f"{named} and tags.{STUDY} = '{self._sweep.identity}'"
        found = list(self._client.search_runs([self._experiment], own))
        if not found and entry.number < self._sweep.named_runs:
            runs = self._client.search_runs([self._experiment], named)
            found = [run for run in runs if STUDY not in run.data.tags and self._shows(run, entry)][:1]
            for run in found:
                self._client.set_tag(run.info.run_id, STUDY, self._sweep.identity)
        return found[0] if found else None

    def _shows(self, run: Run, entry: TrialEntry) -> bool:
        """Whether all numbers of a run are those of the trial: a run of another sweep of the name has others."""
        recorded = {epoch.epoch + 1: epoch.val_acc for epoch in entry.epochs}
        logged = {metric.step: metric.value for metric in self._client.get_metric_history(run.info.run_id, "val_acc")}
        return bool(logged) and all(recorded.get(step) == value for step, value in logged.items())
