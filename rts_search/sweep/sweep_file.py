"""Reading sweep files: from a path, a shipped name or plain values to a checked sweep."""

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rts_search.basics.errors import UserError, refused
from rts_search.sweep.idle_settings import check_use
from rts_search.sweep.overrides import apply_overrides, override_places
from rts_search.sweep.sections import BudgetConfig, by_name
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.validation_errors import broken_rule
from rts_search.sweep.yaml_reader import parse_yaml, read_yaml
from search_spaces.hints import did_you_mean
from trainables.core.settings.config import DEFAULT_WEIGHTS
from trainables.core.settings.section import ConfigError, require

EARLIER_TRAINING: Mapping[str, Any] = types.MappingProxyType({"step": "reference"})
"""What was in effect before there was the setting, for records that do not have it."""


def parse_sweep(values: Mapping[str, Any], source: str) -> SweepFile:
    """A sweep from plain values; `source` names them in messages and is the default name. Raises: UserError.

    What lies outside the values (data on disk, installed models) is not looked at, and what an earlier release took is
    taken: it may be the record of a launched sweep.
    """
    values = {"name": Path(source).stem, **values}
    if isinstance(values.get("training"), Mapping):
        values["training"] = {**EARLIER_TRAINING, **values["training"]}
    try:
        return _validated(values)
    except ConfigError as error:
        raise refused(source, error) from error


def load_sweep(path_or_shipped_name: str, overrides: Sequence[str] = (), to_run: bool = True) -> SweepFile:
    """A sweep from a file, or a shipped one by its name, with overrides such as `training.epochs=4`.

    to_run: whether its data and its model must be on this machine.

    Raises:
        UserError: no such file or name, or anything in it that cannot work on this machine.
    """
    source, values = _read(path_or_shipped_name)
    return check_sweep(values, source, overrides, to_run)


def check_sweep(
    values: Mapping[str, Any], source: str, overrides: Sequence[str] = (), to_run: bool = True
) -> SweepFile:
    """A sweep from plain values, checked as `load_sweep` does; `source` names them. Raises: UserError."""
    values = dict(values)
    for section in ("model", "scheduler"):
        if section in values:
            values[section] = by_name(values[section])
    changed = apply_overrides({"name": Path(source).stem, **values}, overrides)
    try:
        sweep = _validated(changed)
        check_use(sweep)
        if to_run:
            _check_surroundings(sweep)
    except ConfigError as error:
        at_override = any(f"{error.place}.".startswith(f"{place}.") for place in override_places(overrides))
        raise refused("--set" if at_override else source, error) from error
    return _anywhere(sweep)


def read_budget(overrides: Sequence[str]) -> BudgetConfig:
    """The limits that are set anew for a launched sweep, such as `budget.hours=8`. Raises: UserError."""
    for place in override_places(overrides):
        if not place.startswith("budget."):
            raise UserError(
                f"--set: {place}: must be in the budget, all else of a launched sweep stays; launch a new sweep for it"
            )
    values = apply_overrides({}, overrides).get("budget", {})
    try:
        return BudgetConfig.model_validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        raise refused("--set", broken_rule(error, BudgetConfig).within("budget")) from error


def shipped_sweeps() -> tuple[str, ...]:
    """Names of the sweeps that come with the package."""
    folder = resources.files("search_spaces").joinpath("sweeps")
    return tuple(sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")))


def sweep_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of sweep files, by which editors complete and explain them."""
    schema = SweepFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["required"].remove("name")  # a file has a name of its own
    return schema


def _validated(values: Mapping[str, Any]) -> SweepFile:
    """Check settings strictly, in JSON's types, which are YAML's. Raises: ConfigError."""
    try:
        return SweepFile.model_validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        raise broken_rule(error, SweepFile) from error


def _anywhere(sweep: SweepFile) -> SweepFile:
    """The sweep with paths that workers and a later `resume` understand whatever folder they are in."""
    root, pretrained = sweep.dataset.root, sweep.model.pretrained
    changed: dict[str, Any] = {}
    if root is not None:
        changed["dataset"] = replace(sweep.dataset, root=str(Path(root).resolve()))
    if pretrained not in (None, DEFAULT_WEIGHTS):
        changed["model"] = replace(sweep.model, pretrained=str(Path(str(pretrained)).resolve()))
    return sweep.model_copy(update=changed)


def _read(name: str) -> tuple[str, dict[str, Any]]:
    """The name for messages, and the values. A folder `digits` does not hide the shipped sweep `digits`."""
    path = Path(name)
    if _is_file(path):
        return name, read_yaml(path)
    shipped = shipped_sweeps()
    if name in shipped:
        content = resources.files("search_spaces").joinpath("sweeps", f"{name}.yaml").read_bytes()
        return name, parse_yaml(content, name)
    rule = f"must be a sweep file or one of the shipped sweeps {', '.join(shipped)}{did_you_mean(name, shipped)}"
    raise refused("sweep", ConfigError("", rule, name))


def _is_file(path: Path) -> bool:
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):  # a name that is too long, or a folder that may not be entered
        return False


def _check_surroundings(sweep: SweepFile) -> None:
    """Refuse a model, its weights or a data set that is not there. Raises: ConfigError."""
    from trainables.core.data import check_dataset
    from trainables.core.models.catalogue import check_model_name
    from trainables.core.models.weights import check_pretrained

    try:
        check_dataset(sweep.dataset)
    except ConfigError as error:
        raise error.within("dataset") from error
    try:
        check_model_name(sweep.model.name)
        check_pretrained(sweep.model)
    except ConfigError as error:
        raise error.within("model") from error
    _check_trackers(sweep.track)


def _check_trackers(names: Sequence[str]) -> None:
    """Refuse a tracker whose library is not there. Raises: ConfigError."""
    for name in names:
        require(find_spec(name) is not None, "track", f"needs pip install 'rts-search[{name}]'", name)
