"""Check the data and the model of a sweep before its launch, and again before a resume or a confirmation."""

from typing import TYPE_CHECKING

from rts_search.basics.errors import UserError, refused
from rts_search.basics.phases import phase
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.sweep.idle_settings import ONE_GPU
from rts_search.sweep.sections import ObjectiveConfig
from trainables.core.history.lineage import source_of, steps_per_epoch
from trainables.core.models.catalogue import check_model_name
from trainables.core.models.weights import weights_identity
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError

if TYPE_CHECKING:
    from trainables.core.data import Dataset


def look_at_data(dataset: DatasetConfig, batch_size: int, place: str) -> DataFacts:
    """Decode the data; return its fingerprint, the steps of an epoch and the number of images. Raises: UserError."""
    return facts_of(load(dataset, place), batch_size)


def load(dataset: DatasetConfig, place: str) -> "Dataset":
    """Decode the data. `place`: the sweep or command that an error message names. Raises: UserError."""
    from trainables.core.data import CacheError, load_dataset

    try:
        with phase("loading the data") as loading:
            return load_dataset(dataset, lambda done, total: loading.progress(done, total, "decoding images"))
    except ConfigError as error:
        raise refused(place, error.within("dataset")) from error
    except CacheError as error:
        raise UserError(str(error)) from error


def notes_on(dataset: DatasetConfig, facts: DataFacts, place: str) -> list[str]:
    """Sentences about data that can be used: classes of very unequal size, images that are not read or not upright.

    Raises: UserError: a folder of the data can no longer be read.
    """
    from trainables.core.data import notes

    try:
        with phase("looking at the images"):
            return [*filter(None, [facts.note]), *notes(dataset)]
    except ConfigError as error:
        raise refused(place, error.within("dataset")) from error


def require_metric(objective: ObjectiveConfig, loaded: "Dataset", place: str) -> None:
    """Refuse a metric that is the same for every model on data of so few classes. Raises: UserError."""
    fewest, classes = objective.measure.fewest_classes, len(loaded.classes)
    if classes < fewest:
        raise UserError(
            f"{place}: objective.metric: needs {fewest} or more classes, but the data has {classes}: take val_acc or "
            f"another one, but got {objective.metric!r}"
        )


def facts_of(loaded: "Dataset", batch_size: int) -> DataFacts:
    """The facts about decoded data that a study records."""
    from trainables.core.data.parts import fingerprint

    return DataFacts(
        fingerprint=loaded.fingerprint,
        steps_per_epoch=steps_per_epoch(len(loaded.train.labels), batch_size),
        train_images=len(loaded.train.labels),
        val_images=len(loaded.val.labels),
        test_images=len(loaded.test.labels),
        test_fingerprint=fingerprint([loaded.test], loaded.classes),
        class_counts=tuple(int((loaded.train.labels == label).sum()) for label in range(len(loaded.classes))),
        channels=loaded.in_channels,
        image_size=loaded.image_size,
    )


def require_unchanged(study: SweepStudy) -> None:
    """Refuse data or a model that has changed since the sweep's launch. Raises: UserError."""
    _require_one_gpu(study)
    facts = look_at_data(study.sweep.dataset, study.sweep.training.batch_size, study.name)
    if facts.fingerprint != study.data.fingerprint:
        raise UserError(
            f"{study.name}: dataset: must be the data that the sweep was launched on, but its content has changed; "
            "restore the data, or launch a new sweep"
        )
    _require_same_model(study)
    _require_same_weights(study)


def _require_same_model(study: SweepStudy) -> None:
    """Refuse a model that cannot be found, or whose file has changed since the sweep's launch. Raises: UserError."""
    name = study.sweep.model.name
    place = f"{study.name}: model.name: {name}"
    try:
        check_model_name(name)
        now = source_of(name)
    except ConfigError as error:
        raise refused(study.name, error.within("model")) from error
    except OSError as error:
        raise UserError(f"{place}: its file {error.filename} cannot be read: {error.strerror}") from error
    if now is None and study.model_source is not None:
        raise UserError(
            f"{place} must name a module that can be imported, but this Python does not find {name.partition(':')[0]}; "
            "add its folder to PYTHONPATH"
        )
    if now != study.model_source:
        raise UserError(
            f"{place} must be the model that the sweep was launched with, but its file has changed; restore the file, "
            "or launch a new sweep"
        )


def _require_one_gpu(study: SweepStudy) -> None:
    """Refuse several GPUs for one trial, which earlier versions allowed. Raises: UserError."""
    gpus = study.sweep.resources.gpus
    if gpus > 1:
        raise UserError(
            f"{study.name}: resources.gpus_per_trial: {ONE_GPU}, but it was launched with {gpus:g}; launch a new sweep "
            "with 1: it reuses the epochs of this one from the store"
        )


def _require_same_weights(study: SweepStudy) -> None:
    """Refuse pretrained weights that have changed since the sweep's launch. Raises: UserError."""
    model = study.sweep.model
    try:
        same = weights_identity(model) == study.model_weights
    except ConfigError as error:
        raise refused(study.name, error.within("model")) from error
    if not same:
        raise UserError(
            f"{study.name}: model.pretrained: {model.pretrained} must be the weights that the sweep was launched with, "
            "but their content has changed; restore them, or launch a new sweep"
        )
