"""The command that trains one config: train."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from rts_search.basics.exit_codes import DIVERGED
from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.options import Address, Executor, Json, Overrides, ResultsOption, Verbose, workspace_of
from rts_search.cli.stopping import same_command, stop_told


def train(
    config: Annotated[Path, typer.Argument(help="Config file, written by `export`.")],
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
    state_every: Annotated[
        float, typer.Option("--state-every", min=0.0, max=1e9, help="Seconds between two stored states.")
    ] = 30.0,
    results: ResultsOption = DEFAULT_RESULTS,
    address: Address = None,
    verbose: Verbose = False,
    executor: Executor = "inline",
    as_json: Json = False,
) -> None:
    """Train one exported config.

    After an interruption, the same command continues from the last stored state.
    """
    from rts_search.analysis.best_config import read_export

    settings, threads_of_sweep = read_export(config, overrides or [])
    threads = threads or threads_of_sweep
    workspace = workspace_of(results, None, address, verbose, executor)
    workspace.results.require_space()
    with phase(f"{config}: starting"):
        from rts_search.basics.files import require_writable
        from rts_search.operations.train import Diverged
        from rts_search.operations.train import train as operation

    if weights is not None:
        require_writable(weights)

    def tell(outcome: Any) -> None:
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
        if accuracy is not None:
            typer.echo(json.dumps({"test_acc": accuracy}) if as_json else f"test_acc {accuracy:.4f}")


def _print_epoch(record: Any, as_json: bool) -> None:
    from dataclasses import asdict

    typer.echo(json.dumps(asdict(record)) if as_json else epoch_line(record))


def epoch_line(record: Any) -> str:
    """The record of an epoch in one line. Epochs are counted from 1."""
    shape = "" if record.radius is None else f"  radius {record.radius:.4g}"
    shape += "" if record.scale is None else f"  scale {record.scale:.4g}"
    return (
        f"epoch {record.epoch + 1}  {record.phase:4}  lr {record.learning_rate:.4g}{shape}  train_loss "
        f"{record.train_loss:.4f}  val_acc {record.val_acc:.4f}  gradient_evaluations {record.gradient_evaluations:,}"
    )
