"""Sweeps that run: launch, resume, status, stop."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rts_search.commands.options import (
    INTERRUPTED,
    Address,
    Json,
    Name,
    Overrides,
    ResultsOption,
    Storage,
    Sweep,
    Verbose,
    place_of,
    print_markdown,
)
from rts_search.paths import DEFAULT_RESULTS

if TYPE_CHECKING:
    from rts_search.service.place import Place


def launch(
    sweep: Sweep,
    name: Annotated[str | None, typer.Option("--name", help="Name of the sweep instead of the file's.")] = None,
    overrides: Overrides = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Launch a sweep and watch it to its end."""
    from rich.console import Console

    from rts_search.display import SweepDisplay
    from rts_search.service import driving
    from rts_search.sweep_file import load_sweep

    settings = [*(overrides or []), *([f"name={json.dumps(name)}"] if name else [])]
    loaded = load_sweep(sweep, settings)
    place = place_of(results, storage, address, verbose)
    display = SweepDisplay(Console(), loaded, len(loaded.baselines) + loaded.num_trials)
    _watch(display, loaded.name, place, lambda: driving.launch(loaded, place, display))


def resume(
    name: Name,
    trials: Annotated[int | None, typer.Option("--trials", help="Extend the search to this many trials.")] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="budget.LIMIT=VALUE", help="Set a limit anew: --set budget.hours=8."),
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Go on with an interrupted sweep, or extend a finished one."""
    from rich.console import Console

    from rts_search.display import SweepDisplay
    from rts_search.service import driving
    from rts_search.sweep_file import read_budget

    place = place_of(results, storage, address, verbose)
    study = place.load(name)
    display = SweepDisplay.of_study(Console(), study, len(study.sweep.baselines) + (trials or study.sweep.num_trials))
    limits = read_budget(overrides or [])
    _watch(display, name, place, lambda: driving.resume(name, trials, limits, place, display))


def _watch(display: Any, name: str, place: "Place", drive: Any) -> None:
    """Drive a sweep under its display and say how it ended."""
    from rts_search.interrupts import Interrupted

    try:
        with display:
            paths = drive()
    except (Interrupted, KeyboardInterrupt):
        typer.echo(f"{name}: {_how_to_go_on(name, place)}")
        raise typer.Exit(INTERRUPTED) from None
    print_markdown(paths.table_md.read_text())
    _confirm(name, place)
    from rts_search.planning import reality

    if compared := reality.told(paths):
        typer.echo(compared)
    told = f"Results in {paths.folder}."
    if paths.best_yaml.exists():
        told += f" Export the best with: rts-search export {name} -o best.yaml{place.options()}"
    typer.echo(told)


def _confirm(name: str, place: "Place") -> None:
    """Confirm a sweep whose search is over, where its file says so."""
    from rich.console import Console

    from rts_search.commands.confirming import confirmed
    from rts_search.ranking import best_trials
    from rts_search.service.standing import may_be_confirmed

    study = place.load(name)
    if study.sweep.confirm is None:
        return
    entries = study.trials()
    missing = "its search is not over" if not may_be_confirmed(study, entries) else ""
    if not missing and not best_trials(entries, study.sweep.objective.rule):
        missing = "it has no completed trial"
    if missing:
        typer.echo(f"{name}: is not confirmed: {missing}")
        return
    confirmed(name, study.sweep.confirm, place, Console())
    print_markdown(place.results.sweep(name).confirm_md.read_text())


def _how_to_go_on(name: str, place: "Place") -> str:
    from rts_search.study import SweepStudy

    if not SweepStudy.exists(place.storage_url, name):
        return "stopped before it began; nothing is kept, launch it again"
    return f"stopped; everything reached is kept. Continue with: rts-search resume {name}{place.options()}"


def status(
    name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False
) -> None:
    """Show how far a sweep is."""
    from rts_search.service import standing

    place = place_of(results, storage)
    facts = standing.status(name, place)
    if as_json:
        typer.echo(json.dumps(facts))
        return
    ended = facts["completed"] + facts["stopped_early"] + facts["failed"]
    typer.echo(
        f"{name}: {facts['state']}, {ended} of {facts['trials']} trials ended ({facts['completed']} completed, "
        f"{facts['stopped_early']} stopped early, {facts['failed']} failed)"
    )
    if facts["held"]:
        typer.echo(f"  {len(facts['held'])} stopped early, and go on if they turn out to be among the better ones")
    for number, epochs in facts["unfinished"].items():
        typer.echo(f"  trial {number}: epoch {epochs} of {facts['epochs']}")
    if facts["best"]:
        typer.echo(f"  best so far: trial {facts['best']['trial']}, val_acc {facts['best']['val_acc']:.4f}")
    typer.echo(
        f"  {facts['gradient_evaluations']:,} gradient evaluations charged, "
        f"{facts['gradient_evaluations_spent']:,} spent"
    )
    if facts["state"] == "budget used up":
        typer.echo(f"  continue with: rts-search resume {name} --set budget.LIMIT=VALUE{place.options()}")
        if facts["can_confirm"]:
            typer.echo(f"  or judge what there is: rts-search confirm {name}{place.options()}")
    if facts["state"] == "interrupted":
        typer.echo(f"  continue with: rts-search resume {name}{place.options()}")


def stop(name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None) -> None:
    """Stop a running sweep cleanly; `resume` takes it up again."""
    from rts_search.service import ending

    place = place_of(results, storage)
    if ending.stop(name, place):
        typer.echo(f"{name}: stopped. Continue with: rts-search resume {name}{place.options()}")
    else:
        typer.echo(f"{name}: was not running")
