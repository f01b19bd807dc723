"""The MLflow tracker: one experiment for the sweep, one run for every trial."""

import os
import time
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from rts_search.running.tracking.tracker import Tracker, figures, run_name, settings
from rts_search.study.trials import TrialEntry
from trainables.core.history.record import EpochRecord

STATES = {"COMPLETE": "FINISHED", "PRUNED": "KILLED", "FAIL": "FAILED", "RUNNING": "SCHEDULED"}


class MlflowTracker(Tracker):
    """Logs to the server of MLFLOW_TRACKING_URI, or without it to a database in the sweep's folder."""

    def __init__(self, sweep: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._client = MlflowClient(os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder / 'mlflow.db'}")
        known = self._client.get_experiment_by_name(sweep)
        self._experiment: str = known.experiment_id if known else self._client.create_experiment(sweep)
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
            name = run_name(entry)
            found = self._client.search_runs([self._experiment], f"attributes.run_name = '{name}'")
            if found:
                self._runs[entry.number] = found[0].info.run_id
                self._client.update_run(found[0].info.run_id, "RUNNING")
            else:
                run = self._client.create_run(self._experiment, run_name=name)
                self._client.log_batch(
                    run.info.run_id,
                    params=[Param(name, str(value)) for name, value in settings(entry).items() if value is not None],
                )
                self._runs[entry.number] = run.info.run_id
        return self._runs[entry.number]
