"""Starts the driver of a sweep in a process of its own, which no interrupt and no end of the notebook reaches."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rts_search.basics.errors import UserError
from rts_search.basics.yaml_text import yaml_text
from rts_search.notebook.bars import phases_shown

if TYPE_CHECKING:
    from rts_search.operations.background import BackgroundDriver
    from rts_search.study.workspace import Workspace
    from rts_search.sweep.sweep import SweepFile

OF_NOTEBOOKS = ("FORCE_COLOR", "CLICOLOR", "MPLBACKEND")
"""Variables that a notebook's kernel sets for itself. In a driver they would put colours into its log."""
UNNAMED = "sweep"
"""In messages the place of a sweep that is given as a dict, and its name where it has none."""


def read(source: str | Path | Mapping[str, Any], name: str | None, settings: Mapping[str, Any]) -> "SweepFile":
    """The checked sweep of a file, of a shipped sweep or of a dict. Raises: UserError: as `rts-search launch` does."""
    from rts_search.sweep.own_modules import import_from, own_names
    from rts_search.sweep.sweep_file import check_sweep, load_sweep

    changes = [*overrides(settings), *([] if name is None else [f"name={json.dumps(name)}"])]
    if not isinstance(source, Mapping):
        return load_sweep(str(source), changes)
    import_from(Path(), own_names(source))
    return check_sweep(source, UNNAMED, changes)


def overrides(settings: Mapping[str, Any]) -> list[str]:
    """Settings by dotted names as `--set` takes them. Raises: UserError: a value that YAML does not have."""
    found = []
    for place, value in settings.items():
        try:
            found.append(f"{place}={json.dumps(value)}")
        except (TypeError, ValueError) as error:
            raise UserError(
                f"--set {place}: must be a plain value such as in a sweep file, but got {value!r}"
            ) from error
    return found


def launch(sweep: "SweepFile", workspace: "Workspace") -> "BackgroundDriver":
    """Start a new sweep and wait until its study exists. Raises: UserError: it cannot start."""

    from rts_search.basics.files import write_atomically
    from rts_search.operations.launch import require_new
    from rts_search.study.study import SweepStudy

    require_new(sweep, workspace)
    file = workspace.results.sweep(sweep.name).submitted
    write_atomically(file, yaml_text(sweep.to_dict()))
    driver = start(sweep.name, ("launch", str(file)), workspace)
    _wait_for_start(driver, sweep.name, lambda: SweepStudy.exists(workspace.storage_url, sweep.name))
    return driver


def resume(name: str, trials: int | None, settings: Mapping[str, Any], workspace: "Workspace") -> "BackgroundDriver":
    """Continue a sweep and wait until it is driven. Raises: UserError: it cannot continue."""
    study = workspace.load(name)
    workspace.require_drivable(study)
    more = [] if trials is None else ["--trials", str(trials)]
    for change in overrides(settings):
        more += ["--set", change]
    driver = start(name, ("resume", name, *more), workspace)
    _wait_for_start(driver, name, lambda: workspace.driver(study) is not None)
    return driver


def start(name: str, command: Sequence[str], workspace: "Workspace") -> "BackgroundDriver":
    """Start a command on a sweep in a session of its own. Its output is appended to the log of the sweep."""
    from rts_search.operations.background import start_in_background
    from rts_search.study.database.passwords import CARRIERS, STORAGE_VARIABLE

    options = ["--results", str(workspace.results.folder), "--executor", workspace.executor]
    if workspace.address is not None:
        options += ["--address", workspace.address]
    environment = {name: value for name, value in os.environ.items() if name not in (*CARRIERS, *OF_NOTEBOOKS)}
    if workspace.storage is not None:  # not on the command line, which every user of the machine can read
        environment[STORAGE_VARIABLE] = workspace.storage
    return start_in_background([*command, *options], workspace.results.sweep(name).log, environment)


def _wait_for_start(driver: "BackgroundDriver", name: str, begun: Any) -> None:
    try:
        with phases_shown():
            driver.wait_for_start(name, begun)
    except KeyboardInterrupt:
        print(
            f"{name}: goes on in the background (process {driver.pid}); Sweep.load({name!r}) finds it once it has begun"
        )
        raise
