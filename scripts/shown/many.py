"""A finished sweep of 10,000 trials: 500 that the benchmark of the study writes, and copies of them that differ."""

import contextlib
import sqlite3

from benchmarks.study import SETTINGS, STEPS, Driver
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.history.store import Store

WRITTEN, COPIES = 500, 20
FACTS = DataFacts("simulated", STEPS, 256, 64, 360)
CHANGED = "round({value} * (1 - 0.0007 * :copy), 6)"
"""A value of a copy: a little less accurate than the original, so that no two are the same. With 6 decimals, it is the
same number in a column and in a text."""
OF_SOURCE = "trial_id in (select trial_id from trials where study_id = :source)"
TRIALS = (
    "insert into trials (number, study_id, state, datetime_start, datetime_complete) "
    "select number + :before, :study, state, datetime_start, datetime_complete from trials where study_id = :source "
    "order by trial_id"
)
ACCURACY = CHANGED.format(value="json_extract(value_json, '$.val_acc')")
EPOCH = (
    f"replace(json_set(value_json, '$.val_acc', {ACCURACY}), "
    """'"key":"00', printf('"key":"%02x', :copy))"""  # an address of its own
)
COPIED = (
    "insert into trial_user_attributes (trial_id, key, value_json) select trial_id + :shift, key, "
    f"case when key like 'epoch:%' then {EPOCH} else value_json end from trial_user_attributes "
    f"where key <> 'checksum' and {OF_SOURCE}",
    "insert into trial_params (trial_id, param_name, param_value, distribution_json) "
    f"select trial_id + :shift, param_name, param_value, distribution_json from trial_params where {OF_SOURCE}",
    "insert into trial_values (trial_id, objective, value, value_type) "
    f"select trial_id + :shift, objective, {CHANGED.format(value='value')}, value_type from trial_values "
    f"where {OF_SOURCE}",
    "insert into trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type) "
    f"select trial_id + :shift, step, {CHANGED.format(value='intermediate_value')}, intermediate_value_type "
    f"from trial_intermediate_values where {OF_SOURCE}",
)
"""What copies the rows of all trials of a study, in Optuna's tables. The checksums of the originals are left out."""


def write_many(workspace: Workspace, name: str, written: int = WRITTEN, copies: int = COPIES) -> None:
    """Write the sweep into the database of a workspace. Nothing is trained: accuracies are random numbers.

    written: number of trials that the benchmark writes; copies: how often each of them is in the sweep, at most 100.
    """
    source = _study(workspace, f"{name}-original", written)
    for _ in Driver(source, Store(workspace.results.store_url)).trials():
        pass
    _study(workspace, name, written * copies)
    with contextlib.closing(sqlite3.connect(workspace.results.database)) as database, database:
        ids = dict(database.execute("select study_name, study_id from studies").fetchall())
        for copy in range(copies):
            _copy(database, ids[source.name], ids[name], copy, copy * written)
        values = {"source": ids[source.name]}
        for table in ("trial_user_attributes", "trial_params", "trial_values", "trial_intermediate_values"):
            database.execute(f"delete from {table} where {OF_SOURCE}", values)
        for table in ("trials", "study_user_attributes", "study_system_attributes", "study_directions", "studies"):
            database.execute(f"delete from {table} where study_id = :source", values)


def _study(workspace: Workspace, name: str, trials: int) -> SweepStudy:
    sweep = load_sweep("digits", [*SETTINGS, f"name={name}", f"search.trials={trials}"])
    return SweepStudy.create(workspace.storage_url, sweep, FACTS)


def _copy(database: sqlite3.Connection, source: int, study: int, copy: int, before: int) -> None:
    """Copy all trials of one study behind those of another, of which there are so many `before`."""
    values = {"source": source, "study": study, "copy": copy, "before": before}
    database.execute(TRIALS, values)
    first = "select min(trial_id) from trials where study_id = :study and number >= :before"
    ((new,),) = database.execute(first, values).fetchall()
    ((old,),) = database.execute(first, {"study": source, "before": 0}).fetchall()
    for command in COPIED:
        database.execute(command, {**values, "shift": new - old})
