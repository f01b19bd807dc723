"""Every private name of Optuna that is used, each behind one function or class.

pyproject.toml has an upper bound for Optuna. Raise it when `test_optuna_internals.py` passes on the next version.
"""

import copy
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import NSGAIISampler, QMCSampler
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb.models import (
    StudyDirectionModel,
    StudyModel,
    StudyUserAttributeModel,
    TrialIntermediateValueModel,
    TrialModel,
    TrialParamModel,
    TrialSystemAttributeModel,
    TrialUserAttributeModel,
    TrialValueModel,
)
from optuna.storages._rdb.storage import _VersionManager
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy import Engine

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

__all__ = [
    "StudyDirectionModel",
    "StudyModel",
    "StudyUserAttributeModel",
    "TrialIntermediateValueModel",
    "TrialModel",
    "TrialParamModel",
    "TrialSystemAttributeModel",
    "TrialUserAttributeModel",
    "TrialValueModel",
]

R = TypeVar("R")

LAST_TABLE = "alembic_version"
"""The table that Optuna makes last: where it has a row, all others are there."""
TABLES = frozenset(TrialModel.metadata.tables)
"""The names of Optuna's tables besides LAST_TABLE."""
BEGAN = TrialModel._datetime_start_utc
"""Column of the time at which a trial began, in UTC without a time zone."""
ENDED = TrialModel._datetime_complete_utc
"""Column of the time at which a trial ended, in UTC without a time zone; null before."""


@cache
def _migrations() -> "ScriptDirectory":
    """Optuna's migration files, read once.

    Optuna reads them twice when it makes its tables, and a third time when it checks them. That takes two thirds of the
    time, so this function takes the place of Optuna's own.
    """
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(files("optuna.storages._rdb") / "alembic"))


_VersionManager._create_alembic_script = lambda _: _migrations()  # type: ignore[method-assign,assignment]


def newest_schema() -> str:
    """The version of the tables that this Optuna reads and writes, as LAST_TABLE records it."""
    newest = _migrations().get_current_head()
    assert newest is not None
    return newest


def storage_of(study: Study) -> BaseStorage:
    """The storage of a study."""
    return study._storage


def study_id(study: Study) -> int:
    """The key of a study in its storage."""
    return study._study_id


def trial_id(trial: Trial | FrozenTrial) -> int:
    """The key of a trial in its storage."""
    return trial._trial_id


def behind_cache(storage: BaseStorage) -> BaseStorage:
    """The storage behind the cache that Optuna puts before a database; the storage itself when there is no cache."""
    found: BaseStorage = getattr(storage, "_backend", storage)
    return found


def has_engine(storage: BaseStorage) -> bool:
    """Whether a storage is a database, and not the memory of this process."""
    return isinstance(behind_cache(storage), RDBStorage)


def engine_of(storage: BaseStorage) -> Engine:
    """SQLAlchemy's engine of a database."""
    backend: Any = behind_cache(storage)
    engine: Engine = backend.engine
    return engine


def begin_trial(study: Study, attributes: Mapping[str, Any]) -> Trial:
    """A new trial, which has these user attributes from the first moment on.

    `Study.ask` reads all unfinished trials first, to find one that was enqueued; a sweep enqueues none.
    """
    template = _just_begun(attributes) if attributes else None
    return Trial(study, storage_of(study).create_new_trial(study_id(study), template))


def trial_numbered(study: Study, number: int) -> Trial:
    """An unfinished trial of a study, to go on with it."""
    return Trial(study, id_of_number(study, number))


def id_of_number(study: Study, number: int) -> int:
    """The key of the trial of this number."""
    return storage_of(study).get_trial_id_from_study_id_trial_number(study_id(study), number)


class StudyShowing(Study):
    """A study that shows other trials than it has; what is written goes to the real one."""

    def __init__(self, study: Study, trials: Sequence[FrozenTrial]) -> None:
        """`trials` are what a sampler sees, whatever the study holds."""
        self.__dict__.update(study.__dict__)  # Study's own constructor would look the study up in the database again
        self._shown = trials

    def _get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None, use_cache: bool = False
    ) -> list[FrozenTrial]:
        del use_cache
        found = [trial for trial in self._shown if states is None or trial.state in states]
        return copy.deepcopy(found) if deepcopy else found


class IndexedQMCSampler(QMCSampler):
    """Takes the point of an index that is set before each draw; Optuna counts the draws."""

    index = 0

    def _find_sample_id(self, study: Study, search_space: dict[str, BaseDistribution]) -> int:
        del study, search_space
        return self.index


def parents_of_arm(arm: str) -> type[NSGAIISampler]:
    """The sampler that keeps the parents of its generations under a name of this arm; of no arm for an empty one."""

    class OfArm(NSGAIISampler):
        @classmethod
        def _get_parent_cache_key_prefix(cls) -> str:
            return f"{NSGAIISampler._get_parent_cache_key_prefix()}{arm}:"

        @classmethod
        def _get_generation_key(cls) -> str:
            return NSGAIISampler._get_generation_key()

    return OfArm if arm else NSGAIISampler


class RepeatableStorage(RDBStorage):
    """Optuna's database, whose private reads and writes go through `insist`, which may repeat them.

    A trial is begun once, however often its beginning is repeated: the time at which it began tells it from the other
    trials of its study, which has one driver.
    """

    may_be_done = True
    """Whether a request that failed may have been executed."""

    def insist(self, action: Callable[[], R]) -> R:
        """Do an action; subclasses repeat it when it fails."""
        return action()

    def _get_trials(self, *args: Any, **kwargs: Any) -> list[FrozenTrial]:
        return self.insist(lambda: RDBStorage._get_trials(self, *args, **kwargs))

    def _set_trial_param(self, *args: Any, **kwargs: Any) -> None:
        self.insist(lambda: RDBStorage._set_trial_param(self, *args, **kwargs))

    def _create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> FrozenTrial:
        template = template_trial or _just_begun()
        return self.insist(lambda: RDBStorage._create_new_trial(self, study_id, template))

    def _get_prepared_new_trial(self, study_id: int, template_trial: FrozenTrial | None, session: Any) -> TrialModel:
        """Optuna has locked the study's row: what an earlier attempt has written can be seen, or never comes."""
        if not self.may_be_done:
            return super()._get_prepared_new_trial(study_id, template_trial, session)
        assert template_trial is not None
        assert template_trial.datetime_start is not None
        began = template_trial.datetime_start.astimezone(UTC).replace(tzinfo=None)  # as Optuna keeps it
        made: TrialModel | None = (
            session.query(TrialModel).filter(TrialModel.study_id == study_id, began == BEGAN).one_or_none()
        )
        return made or super()._get_prepared_new_trial(study_id, template_trial, session)


def _just_begun(attributes: Mapping[str, Any] = MappingProxyType({})) -> FrozenTrial:
    """The trial that Optuna begins without a template, with these user attributes."""
    return FrozenTrial(
        number=-1,
        state=TrialState.RUNNING,
        value=None,
        values=None,
        datetime_start=datetime.now(),
        datetime_complete=None,
        params={},
        distributions={},
        user_attrs=dict(attributes),
        system_attrs={},
        intermediate_values={},
        trial_id=-1,
    )
