"""The command that trains one config: train."""

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rts_search.basics.exit_codes import DIVERGED
from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.basics.sizes import counted
from rts_search.cli.lines import say
from rts_search.cli.options import Address, Executor, Json, Overrides, ResultsOption, Storage, Verbose, workspace_of
from rts_search.cli.stopping import same_command, stop_told

if TYPE_CHECKING:
    from rts_search.study.workspace import Workspace
    from trainables.core.settings.config import TrialConfig


def train(
    config: Annotated[Path, typer.Argument(help="Config file, written by `export`; with --trial, name of a sweep.")],
    overrides: Overrides = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", "-o", help="Write the trained weights to this file (safetensors).")
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Measure the test accuracy at the end.")] = False,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            min=1,
            max=10_000,
            help="Number of CPU threads.",
            show_default="as in the sweep of the config, else chosen by torch",
        ),
    ] = None,
    trial: Annotated[
        int | None, typer.Option("--trial", min=0, help="Train the config of this trial of a sweep.")
    ] = None,
    state_every: Annotated[
        float, typer.Option("--state-every", min=0.0, max=1e9, help="Seconds between two stored states.")
    ] = 30.0,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    executor: Executor = "inline",
    as_json: Json = False,
) -> None:
    """Train one exported config, or that of a trial of a sweep.

    After an interruption, the same command continues from the last stored state.
    """
    from rts_search.analysis.best_config import read_export

    workspace = workspace_of(results, storage, address, verbose, executor)
    if trial is None:
        settings, threads_of_sweep = read_export(config, overrides or [])
    else:
        settings, threads_of_sweep = _of_trial(config, trial, overrides, workspace)
    threads = threads or threads_of_sweep
    workspace.results.require_space()
    with phase(f"{config}: starting"):
        from rts_search.basics.files import require_writable
        from rts_search.operations.train import Diverged
        from rts_search.operations.train import train as operation

    if weights is not None:
        require_writable(weights)

    known: list[int] = []

    def tell(outcome: Any) -> None:
        known.extend([outcome.stored.record.epoch] if outcome.was_stored else [])
        _print_epoch(outcome.stored.record, as_json)
        for note in outcome.notes:
            typer.echo(note, err=True)

    stopped = f"stopped; the same command continues from the last stored state: {same_command()}"
    with stop_told(lambda: stopped, partial(typer.echo, err=True)):
        try:
            accuracy = operation(settings, workspace, threads, state_every, tell, weights, test)
        except Diverged as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(DIVERGED) from None
        if known:
            of = counted(settings.training.epochs, "epoch")
            typer.echo(f"{len(known)} of {of} taken from the store {workspace.results.store_url}", err=True)
        if weights is not None:
            typer.echo(f"{weights}: the trained weights", err=True)
        if accuracy is not None:
            typer.echo(json.dumps({"test_acc": accuracy}) if as_json else f"test_acc {accuracy:.4f}")


def _of_trial(
    sweep: Path, trial: int, overrides: list[str] | None, workspace: "Workspace"
) -> tuple["TrialConfig", int | None]:
    """The config of a trial of a sweep, with overrides, and its CPU threads where known. Raises: UserError."""
    from rts_search.analysis.best_config import config_of_values
    from rts_search.operations.results import config_of

    values, threads = config_of(str(sweep), trial, workspace)
    return config_of_values(values, f"{sweep}: trial {trial}", overrides or []), threads


def _print_epoch(record: Any, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        typer.echo(json.dumps(asdict(record)))
    else:
        say(epoch_line(record))


def epoch_line(record: Any) -> str:
    """The record of an epoch in one line. Epochs are counted from 1."""
    shape = "" if record.radius is None else f"  radius {record.radius:.4g}"
    shape += "" if record.scale is None else f"  scale {record.scale:.4g}"
    return (
        f"epoch {record.epoch + 1}  {record.phase:4}  lr {record.learning_rate:.4g}{shape}  train_loss "
        f"{record.train_loss:.4f}  val_acc {record.val_acc:.4f}  gradient_evaluations {record.gradient_evaluations:,}"
    )
