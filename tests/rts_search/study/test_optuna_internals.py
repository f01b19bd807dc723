"""Each private name of Optuna still works as we use it; its test fails when Optuna changes it."""

import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import optuna
import pytest
from alembic.script import ScriptDirectory
from optuna.distributions import FloatDistribution
from optuna.samplers import QMCSampler, RandomSampler
from optuna.storages import RDBStorage
from optuna.trial import TrialState, create_trial
from sqlalchemy import select, text

from rts_search.study import optuna_internals as internals

R = TypeVar("R")
SPACE = {"x": FloatDistribution(0.0, 1.0)}


@pytest.fixture
def study(tmp_path: Path) -> optuna.Study:
    storage = f"sqlite:///{tmp_path / 'studies.sqlite3'}"
    return optuna.create_study(storage=storage, direction="maximize", sampler=RandomSampler(seed=0))


PRIVATE = re.compile(r"optuna[\w.]*\._|[^.\w](study|trial|self\._study)\._[a-z]|\b_(backend|study_id|trial_id)\b")
"""A private module of Optuna, or a private name of a study, a trial or a storage."""


def signature(method: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(method).parameters)[1:]


def test_no_other_module_uses_a_private_name() -> None:
    package = Path(internals.__file__).parents[1]
    files = [file for file in sorted(package.rglob("*.py")) if file != Path(internals.__file__)]
    found = [(file.name, line) for file in files for line in file.read_text().splitlines() if PRIVATE.search(line)]
    assert found == []
    assert PRIVATE.search("        self._study._storage.set_trial_param(trial._trial_id)")


def test_a_study_and_its_trials_are_found_in_their_storage(study: optuna.Study) -> None:
    storage, trial = internals.storage_of(study), study.ask()
    assert storage.get_study_name_from_id(internals.study_id(study)) == study.study_name
    assert storage.get_trial(internals.trial_id(trial)).number == trial.number
    assert internals.trial_id(study.trials[0]) == internals.trial_id(trial)
    assert internals.id_of_number(study, trial.number) == internals.trial_id(trial)


def test_the_database_behind_the_cache_has_an_engine(study: optuna.Study) -> None:
    storage = internals.storage_of(study)
    assert isinstance(internals.behind_cache(storage), RDBStorage), "Optuna puts a cache before it"
    assert not isinstance(storage, RDBStorage)
    assert internals.behind_cache(internals.behind_cache(storage)) is internals.behind_cache(storage)
    with internals.engine_of(storage).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM studies")) == 1


def test_the_last_table_has_a_row_once_all_tables_are_made(study: optuna.Study) -> None:
    with internals.engine_of(internals.storage_of(study)).connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {internals.LAST_TABLE}")) == 1


def test_the_newest_schema_is_the_one_of_tables_that_are_made_now(study: optuna.Study) -> None:
    with internals.engine_of(internals.storage_of(study)).connect() as connection:
        made = connection.scalar(text(f"SELECT version_num FROM {internals.LAST_TABLE}"))
    assert made == internals.newest_schema()


def test_optuna_makes_and_checks_new_tables_without_reading_its_migration_files_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = internals.newest_schema()
    monkeypatch.delattr(ScriptDirectory, "from_config")
    made = RDBStorage(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    assert made.get_current_version() == made.get_head_version() == newest


def test_the_tables_hold_what_is_read_from_them(study: optuna.Study) -> None:
    study.set_user_attr("facts", 1)
    trial = study.ask(SPACE)
    trial.set_user_attr("note", 2)
    trial.report(0.5, step=3)
    study.tell(trial, 0.5)
    ours = internals.study_id(study)
    whole = select(internals.StudyModel.study_name).where(internals.StudyModel.study_id == ours)
    facts, row = internals.StudyUserAttributeModel, internals.TrialModel
    notes, values = internals.TrialUserAttributeModel, internals.TrialIntermediateValueModel
    with internals.engine_of(internals.storage_of(study)).connect() as connection:
        assert connection.scalar(whole) == study.study_name
        assert connection.execute(select(facts.study_id, facts.key, facts.value_json)).all() == [(ours, "facts", "1")]
        found = connection.execute(select(row.study_id, row.trial_id, row.number, row.state)).all()
        assert found == [(ours, internals.trial_id(trial), 0, TrialState.COMPLETE)]
        assert connection.execute(select(notes.trial_id, notes.key, notes.value_json)).all() == [
            (internals.trial_id(trial), "note", "2")
        ]
        assert connection.execute(select(values.trial_id, values.step)).all() == [(internals.trial_id(trial), 3)]
        began, ended = connection.execute(select(internals.BEGAN, internals.ENDED)).one()
    now = datetime.now(UTC).replace(tzinfo=None)
    assert now - timedelta(minutes=1) < began <= ended <= now


def test_a_trial_is_begun_and_gone_on_with_by_its_number(study: optuna.Study) -> None:
    first, second = internals.begin_trial(study, {}), internals.begin_trial(study, {"arm": "sgd"})
    assert (first.number, second.number) == (0, 1)
    assert [trial.user_attrs for trial in study.trials] == [{}, {"arm": "sgd"}]
    drawn = first.suggest_float("x", 0.0, 1.0)
    again = internals.trial_numbered(study, 0)
    assert again.suggest_float("x", 0.0, 1.0) == drawn
    study.tell(again, 0.5)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE, TrialState.RUNNING]


def test_a_study_shows_other_trials_to_every_reader(study: optuna.Study) -> None:
    study.tell(study.ask(SPACE), 0.1)
    done = create_trial(params={"x": 0.25}, distributions=SPACE, value=0.9)
    stopped = create_trial(params={"x": 0.5}, distributions=SPACE, state=TrialState.PRUNED, value=0.2)
    showing = internals.StudyShowing(study, [done, stopped])
    assert [trial.params["x"] for trial in showing.trials] == [0.25, 0.5]
    assert showing.get_trials(deepcopy=False, states=(TrialState.PRUNED,)) == [stopped]
    assert showing.get_trials(deepcopy=True)[0] is not done
    assert signature(internals.StudyShowing._get_trials) == signature(optuna.Study._get_trials)
    showing.set_user_attr("written", 1)
    assert study.user_attrs == {"written": 1}


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_the_qmc_sampler_takes_the_point_of_an_index(study: optuna.Study) -> None:
    trial = create_trial(params={}, distributions={}, value=0.0)
    counting = QMCSampler(qmc_type="sobol", scramble=True, seed=3)
    counted = [counting.sample_relative(study, trial, dict(SPACE)) for _ in range(3)]
    indexed = internals.IndexedQMCSampler(qmc_type="sobol", scramble=True, seed=3)
    for index in (2, 0, 1):
        indexed.index = index
        assert indexed.sample_relative(study, trial, dict(SPACE)) == counted[index]
    assert len({point["x"] for point in counted}) == 3


class Twice(internals.RepeatableStorage):
    """Does everything twice, as when the answer to the first request was lost."""

    actions = 0

    def insist(self, action: Callable[[], R]) -> R:
        self.actions += 1
        action()
        return action()


@pytest.mark.slow
def test_a_repeated_beginning_begins_one_trial(tmp_path: Path) -> None:
    storage = Twice(f"sqlite:///{tmp_path / 'studies.sqlite3'}")
    study = optuna.create_study(storage=storage, sampler=RandomSampler(seed=0))
    assert [study.ask().number, study.ask().number] == [0, 1]
    assert [trial.number for trial in study.trials] == [0, 1]


def test_private_reads_and_writes_of_the_storage_can_be_repeated(tmp_path: Path) -> None:
    storage = Twice(f"sqlite:///{tmp_path / 'studies.sqlite3'}")
    study = optuna.create_study(storage=storage, sampler=RandomSampler(seed=0))
    trial = study.ask()
    before = storage.actions
    trial.suggest_float("x", 0.0, 1.0)
    written = storage.actions
    assert written > before, "a parameter is written by _set_trial_param"
    assert len(study.get_trials(deepcopy=False)) == 1
    assert storage.actions > written, "trials are read by _get_trials"
    assert study.trials[0].params == trial.params
