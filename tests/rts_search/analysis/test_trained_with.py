"""The CPU threads of a trial are those of its record, or else the CPUs of its sweep."""

from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis.trained_with import threads_of
from rts_search.sweep.sections import ResourcesConfig
from tests.rts_search.store.swept import swept_from
from tests.trainables.core.history.test_store import EPOCH

CPUS = ResourcesConfig(cpus_per_trial=2)


@pytest.mark.parametrize(
    ("machine", "threads"), [({"threads": 3}, 3), ({"threads": 0}, None), ({}, None), ({"threads": "many"}, None)]
)
def test_the_record_tells_it_and_on_a_gpu_there_is_none(
    tables: Path, tmp_path: Path, machine: dict[str, object], threads: int | None
) -> None:
    swept = swept_from(tables, tmp_path / "results")
    entry = swept.train(swept.sweep("mine"))
    last = entry.epochs[-1]
    swept.store.put_epoch(replace(EPOCH, key=last.key, provenance=last.provenance, machine=machine))
    assert threads_of(entry, swept.store, CPUS) == threads


@pytest.mark.parametrize(
    ("resources", "threads"),
    [
        (CPUS, 2),
        (ResourcesConfig(cpus_per_trial=0.5), 1),
        (ResourcesConfig(cpus_per_trial="auto"), None),
        (ResourcesConfig(gpus_per_trial=0.5), None),
    ],
)
def test_where_the_record_is_lost_the_sweep_tells_it(
    tables: Path, tmp_path: Path, resources: ResourcesConfig, threads: int | None
) -> None:
    swept = swept_from(tables, tmp_path / "results")
    entry = swept.train(swept.sweep("mine"))
    assert threads_of(entry, swept.store, resources) == threads
    assert threads_of(replace(entry, epochs=()), swept.store, resources) is None
