"""The weights of an exported config and of baselines with its training, where its sweep is not at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args

import torch

from rts_search.analysis.best_config import digest, read_config
from rts_search.basics.errors import UserError, refused
from rts_search.basics.sizes import counted
from rts_search.operations.data_check import load
from rts_search.operations.landscape_runs import ChosenRun
from rts_search.operations.train import Diverged, train
from rts_search.study.landscape_record import MeasuredRun
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace
from rts_search.sweep.baselines import RTS, BaselineConfig, Name
from rts_search.sweep.yaml_reader import read_yaml
from trainables.core.data import Dataset
from trainables.core.history.provenance import machine, machine_id
from trainables.core.history.replay import Owner, fresh_path, known_path
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.section import ConfigError
from trainables.order import TrialOrder


def sweep_of(file: Path, workspace: Workspace) -> tuple[SweepStudy, int] | None:
    """The sweep and the trial from which a config was exported; None where they are not here. Raises: UserError."""
    config = read_config(file)
    provenance = dict(read_yaml(file)).get("provenance")
    if not isinstance(provenance, Mapping) or not isinstance(provenance.get("trial"), int):
        return None
    try:
        study = workspace.load(str(provenance.get("sweep")))
    except UserError:
        return None
    number, entries = provenance["trial"], study.trials()
    same = 0 <= number < len(entries) and entries[number].config is not None and entries[number].settings == config
    return (study, number) if same else None


def runs_of_config(
    file: Path, workspace: Workspace, against: Sequence[str] | None, trains: bool, say: Any, threads: int
) -> tuple[list[ChosenRun], Dataset]:
    """The runs of a config and of baselines, which have its training but for the method. Trains missing ones on demand.

    Args:
        file: the config.
        workspace: its store has the weights; its executor trains.
        against: names of the baselines; None: no baseline.
        trains: whether missing weights are trained.
        say: called with lines on the progress.
        threads: CPU threads of torch.

    Raises:
        UserError: a baseline is unknown, or weights are missing.
    """
    config = read_config(file)
    data = load(config.dataset, str(file))
    configs = {RTS: config, **{name: _baseline(name, config, file) for name in against or ()}}
    found = []
    for method, one in configs.items():
        run = _stored(method, one, data, workspace, threads)
        if run is None and trains:
            say(f"{file}: training {method}")
            _train(method, one, workspace, file)
            run = _stored(method, one, data, workspace, threads)
        if run is None:
            way = f"`rts-search train {file}{workspace.options()}`, or add --train" if method == RTS else "add --train"
            raise UserError(
                f"{file}: the weights of {method} are not in {workspace.results.store_url}; train them: {way}"
            )
        found.append(run)
    return found, data


def _baseline(name: str, config: TrialConfig, file: Path) -> TrialConfig:
    if name not in get_args(Name):
        raise UserError(f"{file}: --against: must be among {', '.join(get_args(Name))}, but got {name!r}")
    baseline = BaselineConfig(name=cast(Name, name))
    plain = {**config.to_dict(), **baseline.point(config.training.epochs)}
    try:
        return replace(TrialConfig.from_dict(plain), perturbation=baseline.perturbation())
    except ConfigError as error:
        raise refused(f"{file}: {name}", error) from error


def _stored(method: str, config: TrialConfig, data: Dataset, workspace: Workspace, threads: int) -> ChosenRun | None:
    """The run whose last epoch is in the store with its state, whichever machine trained it; None without one."""
    store = Store(workspace.results.store_url)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    owner = Owner(_name(config), machine_id(machine(device, model_name=config.model.name)), "any")
    epochs = config.training.epochs
    path = known_path(config, fresh_path(config, data.fingerprint, owner), store, owner, epochs)
    last = path.epochs[-1] if len(path.epochs) == epochs else None
    if last is None or not store.has_state(last.key, last.provenance):
        return None
    order = TrialOrder(0, owner.name, config.to_dict(), store.url, "any", (), 30.0, threads, device.type == "cuda")
    label, seed = counted(epochs, "epoch"), config.training.seed
    run = MeasuredRun(method, label, seed, epochs, last.key, last.provenance)
    return ChosenRun(run, order.to_dict(), config.training.batch_size, last.record.gradient_evaluations, True)


def _train(method: str, config: TrialConfig, workspace: Workspace, file: Path) -> None:
    try:
        train(config, workspace, None, 30.0, lambda _: None, None, False)
    except Diverged as error:
        raise UserError(f"{file}: {method}: {error}; leave it out") from error


def _name(config: TrialConfig) -> str:
    return f"train/{digest(config.to_dict())[:12]}"
