"""Reading a sweep file: from a path, the name of a shipped sweep, or plain values to a checked sweep."""

import json
import os
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rts_search.basics.errors import UserError, refused
from rts_search.basics.results_folder import DEFAULT_RESULTS, Results
from rts_search.sweep.all_mistakes import Mistakes, validated
from rts_search.sweep.defaults import tell_defaults, with_defaults
from rts_search.sweep.drawn_settings import with_needed
from rts_search.sweep.idle_settings import check_use
from rts_search.sweep.overrides import apply_overrides, override_places
from rts_search.sweep.own_modules import import_from, own_names
from rts_search.sweep.sections import BudgetConfig, ResourcesConfig, by_name
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.validation_errors import broken_rule
from rts_search.sweep.yaml_reader import parse_yaml, read_yaml, similar_file
from search_spaces.ready_made import READY, extended
from trainables.core.settings.config import DEFAULT_WEIGHTS
from trainables.core.settings.section import ConfigError, require

EARLIER_TRAINING: Mapping[str, Any] = types.MappingProxyType({"step": "reference"})
"""Values for settings that records of earlier versions do not have: how these versions trained."""


def parse_sweep(values: Mapping[str, Any], source: str) -> SweepFile:
    """A sweep from plain values, such as the record of a launched sweep.

    Data on disk and installed models are not checked. Settings that an earlier version accepted are accepted.

    Args:
        values: the settings.
        source: where they come from, for messages; also the name of a sweep without a `name`.

    Raises:
        UserError: with place, rule and value.
    """
    values = {"name": Path(source).stem, **values}
    if isinstance(values.get("training"), Mapping):
        values["training"] = {**EARLIER_TRAINING, **values["training"]}
    try:
        return _validated(values)
    except ConfigError as error:
        raise refused(source, error) from error


def load_sweep(path_or_shipped_name: str, overrides: Sequence[str] = (), to_run: bool = True) -> SweepFile:
    """A sweep from a file or from the name of a shipped sweep.

    Args:
        path_or_shipped_name: a path, or a name such as `digits`. A file wins over a shipped sweep of the same name.
        overrides: changes of settings, such as `training.epochs=4`.
        to_run: whether its data and its model must be on this machine.

    Raises:
        UserError: there is no such file or name, or a setting is wrong.
    """
    source, values = read_values(path_or_shipped_name)
    if to_run:
        import_from(Path(source).parent, own_names(values))
    return check_sweep(values, source, overrides, to_run)


def check_sweep(
    values: Mapping[str, Any],
    source: str,
    overrides: Sequence[str] = (),
    to_run: bool = True,
    allow: Callable[[SweepFile], None] | None = None,
) -> SweepFile:
    """A sweep from plain values, with the same arguments and checks as `load_sweep`. `source` is for messages.

    allow: called before the data and the model are looked up. It raises UserError where this sweep may not use them.

    Raises:
        UserError: with the first mistake; `more` has the others.
    """
    values = dict(values)
    if "over" in values:
        rule = "is for several sweeps: run the file with `rts-search over`, or leave it out"
        raise refused(source, ConfigError("over", rule, values["over"]))
    for section in ("model", "scheduler"):
        if section in values:
            values[section] = by_name(values[section])
    if isinstance(values.get("space"), str) and any(place.startswith("space.") for place in override_places(overrides)):
        values["space"] = {READY: values["space"]}
    changed = apply_overrides({"name": Path(source).stem, **values}, overrides)
    found: list[ConfigError] = []
    cause: ConfigError | None = None
    try:
        sweep: SweepFile | None = validated(changed, _prepared)
    except Mistakes as mistakes:
        cause, found, sweep = mistakes, mistakes.found, mistakes.repaired
    if sweep is not None and allow is not None:
        try:
            allow(sweep)
        except UserError as error:
            if found:
                refusal = _refusal(found, source, override_places(overrides))
                refusal.more = (*refusal.more, str(error))
                raise refusal from cause
            raise
    if sweep is not None:
        places = {mistake.place.partition(".")[0] for mistake in found}
        checks = [] if found else [_check_new_name, check_use]
        for check in [*checks, *(SURROUNDINGS if to_run else ())]:
            try:
                check(sweep)
            except ConfigError as error:
                if error.place.partition(".")[0] not in places:
                    found.append(error)
                    cause = cause or error
    if sweep is not None and not found:
        try:
            return _with_absolute_paths(sweep)
        except ConfigError as error:
            cause, found = error, [error]
    raise _refusal(found, source, override_places(overrides)) from cause


def _refusal(found: Sequence[ConfigError], source: str, overridden: Sequence[str]) -> UserError:
    """The error with the first of these mistakes, and the others in `more`."""
    told = [
        refused("--set" if any(f"{one.place}.".startswith(f"{place}.") for place in overridden) else source, one)
        for one in found
    ]
    told[0].more = tuple(dict.fromkeys(str(line) for line in told[1:]))
    return told[0]


def read_changes(overrides: Sequence[str]) -> tuple[BudgetConfig, ResourcesConfig]:
    """New limits and resources for a launched sweep, from overrides such as `budget.hours=8`.

    Only the settings that the overrides name are set in what is returned (`model_fields_set`).

    Raises:
        UserError: an override of something else, or a wrong value.
    """
    for place in override_places(overrides):
        if not place.startswith(("budget.", "resources.")):
            raise UserError(
                f"--set: {place}: must be a setting of budget or resources; nothing else of a launched sweep can "
                "change: launch a new sweep for it"
            )
    values = apply_overrides({}, overrides)
    return _section(BudgetConfig, "budget", values), _section(ResourcesConfig, "resources", values)


Section = TypeVar("Section", bound=BaseModel)


def _section(kind: type[Section], place: str, values: Mapping[str, Any]) -> Section:
    try:
        return kind.model_validate_json(json.dumps(values.get(place, {})), strict=True)
    except ValidationError as error:
        raise refused("--set", broken_rule(error, kind).within(place)) from error


def shipped_sweeps() -> tuple[str, ...]:
    """Names of the sweeps that come with the package."""
    folder = resources.files("search_spaces").joinpath("sweeps")
    return tuple(sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")))


def sweep_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of sweep files. Editors use it to complete and explain settings."""
    schema = SweepFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    tell_defaults(schema)
    return schema


def _validated(values: Mapping[str, Any]) -> SweepFile:
    """Check settings strictly; a YAML file has the same types as JSON. Raises: ConfigError."""
    try:
        return SweepFile.model_validate_json(json.dumps(with_needed(_with_whole_space(values))), strict=True)
    except ValidationError as error:
        raise broken_rule(error, SweepFile) from error


def _prepared(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a whole sweep file, of those that are written in one. Raises: ConfigError."""
    return with_needed(_with_whole_space(with_defaults(values)))


def _with_whole_space(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values with all parts of a space that starts from a ready-made one. Raises: ConfigError."""
    space, training = values.get("space"), values.get("training")
    if not isinstance(space, Mapping) or READY not in space:
        return values
    epochs = training.get("epochs") if isinstance(training, Mapping) else None
    legal = epochs if isinstance(epochs, int) and epochs >= 1 else 1  # a wrong length is reported later
    try:
        return {**values, "space": extended(space, legal)}
    except ConfigError as error:
        raise error.within("space") from None


def _check_new_name(sweep: SweepFile) -> None:
    """Refuse the name of another file in a results folder.

    A sweep of an earlier version may have such a name, and is still read.

    Raises: ConfigError.
    """
    rule = "must not be the name of another file in the results folder: set `name`"
    require(Results(DEFAULT_RESULTS).clash_of(sweep.name) is None, "name", rule, sweep.name)


def _with_absolute_paths(sweep: SweepFile) -> SweepFile:
    """The sweep with absolute paths, since workers and a later `resume` may run in another folder.

    Raises: ConfigError: a path cannot be kept in the study.
    """
    root, pretrained = sweep.dataset.root, sweep.model.pretrained
    changed: dict[str, Any] = {}
    if root is not None:
        changed["dataset"] = replace(sweep.dataset, root=_absolute(root, "dataset.root"))
    if pretrained not in (None, DEFAULT_WEIGHTS):
        changed["model"] = replace(sweep.model, pretrained=_absolute(str(pretrained), "model.pretrained"))
    return sweep.model_copy(update=changed)


def _absolute(path: str, place: str) -> str:
    found = str(Path(path).resolve())
    try:
        found.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(place, "must have a full path that is UTF-8, which a study can keep", found) from error
    return found


def read_values(name: str) -> tuple[str, dict[str, Any]]:
    """Read a file or a shipped sweep: its name for messages, and its values. A folder of that name is ignored.

    Raises: UserError: there is none, or it is no YAML.
    """
    path = Path(name)
    if _is_file(path):
        return name, read_yaml(path)
    shipped = shipped_sweeps()
    if name in shipped:
        content = resources.files("search_spaces").joinpath("sweeps", f"{name}.yaml").read_bytes()
        return name, parse_yaml(content, name)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        if os.path.isdir(name):  # noqa: PTH112 -- a Path raises at a name that no file can have
            way = f"`rts-search init {name}` writes one for a folder of images"
            raise UserError(f"sweep: must be a file, but {name!r} is a folder; {way}")
        raise refused("sweep", ConfigError("", f"must be a file that exists{similar_file(path)}", name))
    hint = similar_file(path, shipped)
    rule = f"must be an existing sweep file or one of the shipped sweeps {', '.join(shipped)}{hint}"
    raise refused("sweep", ConfigError("", rule, name))


def _is_file(path: Path) -> bool:
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):  # a name that is too long, or a folder without permission
        return False


def _check_dataset(sweep: SweepFile) -> None:
    """Refuse a data set that this machine does not have. Raises: ConfigError."""
    from trainables.core.data import check_dataset

    try:
        check_dataset(sweep.dataset)
    except ConfigError as error:
        raise error.within("dataset") from error


def _check_model(sweep: SweepFile) -> None:
    """Refuse a model or pretrained weights that this machine does not have. Raises: ConfigError."""
    from trainables.core.models.catalogue import check_model_name
    from trainables.core.models.weights import check_pretrained

    try:
        check_model_name(sweep.model.name)
        check_pretrained(sweep.model)
    except ConfigError as error:
        raise error.within("model") from error


def _check_trackers(sweep: SweepFile) -> None:
    """Refuse a tracker whose library is not installed. Raises: ConfigError."""
    for name in sweep.track:
        require(find_spec(name) is not None, "track", f"needs pip install 'rts-search[{name}]'", name)


SURROUNDINGS = (_check_dataset, _check_model, _check_trackers)
"""What a sweep file needs of this machine."""
