"""After a sweep: table, export, confirm, train."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from rts_search.basics.exit_codes import DIVERGED, INTERRUPTED
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.options import (
    Address,
    Json,
    Name,
    Overrides,
    ResultsOption,
    Storage,
    Verbose,
    print_markdown,
    workspace_of,
)


def table(name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False) -> None:
    """Rebuild the tables of a sweep and print its ranking."""
    from rts_search.operations import results as operation

    tables, paths = operation.rebuild_tables(name, workspace_of(results, storage))
    if as_json:
        typer.echo(tables.trials().to_json(orient="records"))
    else:
        print_markdown(paths.table_md.read_text())


def export(
    name: Name,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; standard output if absent.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="yaml, json or python; by default as the file's ending says.")
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Export the best config with where it comes from."""
    from rts_search.analysis.best_config import form_for
    from rts_search.basics.results_folder import write_atomically
    from rts_search.operations import results as operation

    text, outdated = operation.export(name, workspace_of(results, storage), form_for(form, output))
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(output, text)
        typer.echo(f"{output}: best config of {name}")
    if outdated:
        typer.echo(outdated, err=True)


def report(
    name: Name,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; NAME.html in the results folder if absent.")
    ] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Folder for every figure as a PNG, too.")] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Write a sweep as one HTML file that needs no other: verdict, leaderboard, figures, best config."""
    from rts_search.analysis.report.report import report as made
    from rts_search.analysis.report.report import write_pictures
    from rts_search.basics.results_folder import write_atomically

    workspace = workspace_of(results, storage)
    file = output or workspace.results.sweep(name).report
    write_atomically(file, made(name, workspace))
    typer.echo(f"{file}: report of {name}")
    for picture in write_pictures(name, workspace, png) if png else ():
        typer.echo(f"{picture}")


def compare(
    first: Annotated[str, typer.Argument(help="A launched sweep.")],
    second: Annotated[str, typer.Argument(help="Another.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it as one HTML file, too.")] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Two sweeps side by side: what differs, what each reached at equal cost, and what is established."""
    from rts_search.analysis.report.comparison import compare as compared
    from rts_search.basics.results_folder import write_atomically

    found = compared(first, second, workspace_of(results, storage))
    if output is not None:
        write_atomically(output, found.page())
    typer.echo(json.dumps(found.to_dict())) if as_json else print_markdown(found.markdown())


def confirm(
    name: Name,
    top_k: Annotated[int | None, typer.Option("--top-k", help="How many of the best trials contend.")] = None,
    seeds: Annotated[int | None, typer.Option("--seeds", help="Seeds on which they are measured.")] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="budget.LIMIT=VALUE", help="Bound what the confirmation costs, anew."),
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Train the best configs and the baselines at equal cost on new seeds: which differences are established?"""
    from rich.console import Console

    from rts_search.cli.confirming import confirmed
    from rts_search.sweep.confirm_section import confirm_settings
    from rts_search.sweep.sweep_file import read_budget

    workspace = workspace_of(results, storage, address, verbose)
    limits = read_budget(overrides) if overrides else None
    settings = confirm_settings(workspace.load(name).sweep.confirm, top_k, seeds, limits)
    verdict = confirmed(name, settings, workspace, Console(stderr=as_json))
    if as_json:
        typer.echo(json.dumps(verdict.to_dict()))
    else:
        print_markdown(workspace.results.sweep(name).confirm_md.read_text())


def train(
    config: Annotated[Path, typer.Argument(help="An exported config.")],
    overrides: Overrides = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", "-o", help="Write the trained weights (safetensors).")
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Read the test accuracy at the end.")] = False,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="CPU threads; torch's default if absent.")
    ] = None,
    state_every: Annotated[float, typer.Option("--state-every", min=0.0, help="Seconds between stored states.")] = 30.0,
    results: ResultsOption = DEFAULT_RESULTS,
    as_json: Json = False,
) -> None:
    """Train one exported config; called again after an interruption, it goes on."""
    from rts_search.analysis.best_config import read_config

    settings = read_config(config, overrides or [])
    workspace = workspace_of(results)
    workspace.results.require_space()
    from rts_search.basics.results_folder import require_writable
    from rts_search.operations.train import SingleTraining
    from trainables.core.training.engine import DivergedError

    if weights is not None:
        require_writable(weights)
    training = SingleTraining(settings, workspace.results, threads, state_every)
    try:
        for outcome in training.epochs():
            _print_epoch(outcome.stored.record, as_json)
            for note in outcome.notes:
                typer.echo(note, err=True)
    except DivergedError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(DIVERGED) from None
    except KeyboardInterrupt:
        typer.echo("stopped; the same command goes on from the last stored state", err=True)
        raise typer.Exit(INTERRUPTED) from None
    accuracy = training.finish(weights, test)
    if accuracy is not None:
        typer.echo(json.dumps({"test_acc": accuracy}) if as_json else f"test_acc {accuracy:.4f}")


def _print_epoch(record: Any, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        typer.echo(json.dumps(asdict(record)))
        return
    shape = "" if record.radius is None else f"  radius {record.radius:.4g}  scale {record.scale:.4g}"
    typer.echo(
        f"epoch {record.epoch}  {record.phase:4}  lr {record.learning_rate:.4g}{shape}  train_loss "
        f"{record.train_loss:.4f}  val_acc {record.val_acc:.4f}  gradient_evaluations {record.gradient_evaluations:,}"
    )
