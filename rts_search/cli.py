"""The command line: reads arguments, calls the service, prints; everything heavy is imported by the command in use."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rts_search.errors import UserError
from rts_search.paths import DEFAULT_RESULTS

if TYPE_CHECKING:
    from rts_search.service import Place

app = typer.Typer(
    name="rts-search",
    help="Search the radius, timing and scale of the PUGD-RTS optimizer: fair, resumable, counted in gradients.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

USER_ERROR, INTERRUPTED, DIVERGED, DAMAGED = 2, 130, 1, 1
"""Exit codes: a user's mistake, a stopped sweep (as shells count SIGINT), a training that diverged, a damaged store."""

Name = Annotated[str, typer.Argument(help="Name of a launched sweep.")]
Sweep = Annotated[str, typer.Argument(help="A sweep file, or the name of a shipped one: digits, cifar10, cifar100.")]
ResultsOption = Annotated[Path, typer.Option("--results", help="Folder of all results.")]
Storage = Annotated[
    str | None,
    typer.Option(
        "--storage",
        envvar="RTS_SEARCH_STORAGE",
        help="Study database as SQLAlchemy URL.",
        show_default="SQLite in --results",
    ),
]
Address = Annotated[str | None, typer.Option("--address", envvar="RAY_ADDRESS", help="Ray cluster to join.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show Ray's own messages.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="PLACE=VALUE", help="Override a setting: --set training.epochs=4.")
]


def main() -> None:
    """Run the command line; a user's mistake is one line and exit code 2."""
    try:
        app()
    except UserError as error:
        typer.echo(f"rts-search: {error}", err=True)
        sys.exit(USER_ERROR)


def _place(results: Path, storage: str | None = None, address: str | None = None, verbose: bool = False) -> "Place":
    from rts_search.paths import Results
    from rts_search.service import Place

    return Place(Results(results.resolve()), storage, address, verbose)


@app.command()
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

    from rts_search import service
    from rts_search.display import SweepDisplay
    from rts_search.sweep_file import load_sweep

    settings = [*(overrides or []), *([f"name={json.dumps(name)}"] if name else [])]
    loaded = load_sweep(sweep, settings)
    place = _place(results, storage, address, verbose)
    display = SweepDisplay(Console(), loaded, len(loaded.baselines) + loaded.num_trials)
    _watch(display, loaded.name, place, lambda: service.launch(loaded, place, display))


@app.command()
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

    from rts_search import service
    from rts_search.display import SweepDisplay
    from rts_search.sweep_file import read_budget

    place = _place(results, storage, address, verbose)
    study = place.load(name)
    display = SweepDisplay.of_study(Console(), study, len(study.sweep.baselines) + (trials or study.sweep.num_trials))
    limits = read_budget(overrides or [])
    _watch(display, name, place, lambda: service.resume(name, trials, limits, place, display))


def _watch(display: Any, name: str, place: "Place", drive: Any) -> None:
    """Drive a sweep under its display and say how it ended."""
    from rts_search.interrupts import Interrupted

    try:
        with display:
            paths = drive()
    except (Interrupted, KeyboardInterrupt):
        typer.echo(f"{name}: {_how_to_go_on(name, place)}")
        raise typer.Exit(INTERRUPTED) from None
    _print_markdown(paths.table_md)
    from rts_search.planning import reality

    if compared := reality.told(paths):
        typer.echo(compared)
    told = f"Results in {paths.folder}."
    if paths.best_yaml.exists():
        told += f" Export the best with: rts-search export {name} -o best.yaml{place.options()}"
    typer.echo(told)


def _how_to_go_on(name: str, place: "Place") -> str:
    from rts_search.study import SweepStudy

    if not SweepStudy.exists(place.storage_url, name):
        return "stopped before it began; nothing is kept, launch it again"
    return f"stopped; everything reached is kept. Continue with: rts-search resume {name}{place.options()}"


def _print_markdown(file: Path) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    text = file.read_text()
    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        typer.echo(text)


@app.command()
def check(sweep: Sweep, overrides: Overrides = None, as_json: Json = False) -> None:
    """Check a sweep file and its data without starting anything."""
    from rts_search.service import look_at_data
    from rts_search.sweep_file import load_sweep
    from trainables.core.lineage import full_cost

    loaded = load_sweep(sweep, overrides or [])
    data = look_at_data(loaded.dataset, loaded.training.batch_size, loaded.name)
    dearest = full_cost(loaded.training.epochs, data.steps_per_epoch)
    steps = loaded.training.epochs * data.steps_per_epoch
    of_baselines = sum(steps * baseline.gradients_per_step for baseline in loaded.baselines)
    facts = {
        "sweep": loaded.name,
        "trials": loaded.num_trials,
        "baselines": [baseline.name for baseline in loaded.baselines],
        **data.to_dict(),
        "gradient_evaluations_of_the_dearest_trial": dearest,
        "gradient_evaluations_at_most": dearest * loaded.num_trials + of_baselines,
    }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    typer.echo(
        f"{loaded.name}: valid. {loaded.num_trials} trials and {len(loaded.baselines)} baselines of "
        f"{loaded.training.epochs} epochs; {data.train_images:,} training, {data.val_images:,} validation and "
        f"{data.test_images:,} test images; at most {dearest:,} gradient evaluations a trial, "
        f"{facts['gradient_evaluations_at_most']:,} in all."
    )


@app.command()
def plan(
    sweep: Sweep,
    overrides: Overrides = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Train a few steps and say what a sweep will cost; after it, `launch` says how far off that was."""
    from rts_search.planning.plan import plan as planned
    from rts_search.sweep_file import load_sweep

    loaded = load_sweep(sweep, overrides or [])
    place = _place(results, storage, address, verbose)
    found = planned(loaded, place, lambda line: typer.echo(line, err=True))
    typer.echo(json.dumps(found.to_dict()) if as_json else "\n".join(found.lines()))


@app.command()
def status(
    name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False
) -> None:
    """Show how far a sweep is."""
    from rts_search import service

    place = _place(results, storage)
    facts = service.status(name, place)
    if as_json:
        typer.echo(json.dumps(facts))
        return
    ended = facts["completed"] + facts["stopped_early"] + facts["failed"]
    typer.echo(
        f"{name}: {facts['state']}, {ended} of {facts['trials']} trials ended ({facts['completed']} completed, "
        f"{facts['stopped_early']} stopped early, {facts['failed']} failed)"
    )
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
    if facts["state"] == "interrupted":
        typer.echo(f"  continue with: rts-search resume {name}{place.options()}")


@app.command()
def stop(name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None) -> None:
    """Stop a running sweep cleanly; `resume` takes it up again."""
    from rts_search import service

    place = _place(results, storage)
    if service.stop(name, place):
        typer.echo(f"{name}: stopped. Continue with: rts-search resume {name}{place.options()}")
    else:
        typer.echo(f"{name}: was not running")


@app.command()
def table(name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False) -> None:
    """Rebuild the tables of a sweep and print its ranking."""
    from rts_search import service

    tables, paths = service.rebuild_tables(name, _place(results, storage))
    if as_json:
        typer.echo(tables.trials().to_json(orient="records"))
    else:
        _print_markdown(paths.table_md)


@app.command()
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
    from rts_search import service
    from rts_search.export import form_for
    from rts_search.paths import write_atomically

    text = service.export(name, _place(results, storage), form_for(form, output))
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(output, text)
        typer.echo(f"{output}: best config of {name}")


@app.command()
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
    from rts_search.export import read_config

    settings = read_config(config, overrides or [])
    place = _place(results)
    place.results.require_space()
    from rts_search.paths import require_writable
    from rts_search.single import SingleTraining
    from trainables.core.engine import DivergedError

    if weights is not None:
        require_writable(weights)
    training = SingleTraining(settings, place.results, threads, state_every)
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


@app.command()
def confirm(
    name: Name,
    top_k: Annotated[int | None, typer.Option("--top-k", help="How many of the best trials contend.")] = None,
    seeds: Annotated[int | None, typer.Option("--seeds", help="Seeds on which they are measured.")] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Train the best configs and the baselines at equal cost on new seeds: which differences are established?"""
    from rich.console import Console

    from rts_search.confirm.command import confirm as confirm_sweep
    from rts_search.confirm.settings import confirm_settings
    from rts_search.display import SweepDisplay
    from rts_search.interrupts import Interrupted

    place = _place(results, storage, address, verbose)
    settings = confirm_settings(place.load(name).sweep.confirm, top_k, seeds)
    console = Console(stderr=as_json)
    try:
        verdict = confirm_sweep(name, settings, place, lambda runs: SweepDisplay.of_study(console, runs, runs.total))
    except (Interrupted, KeyboardInterrupt):
        typer.echo(f"{name}: stopped; the same command goes on from what is stored")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        typer.echo(json.dumps(verdict.to_dict()))
    else:
        _print_markdown(place.results.sweep(name).confirm_md)


@app.command()
def gc(
    name: Name,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    keep: Annotated[
        str | None, typer.Option("--keep", help="best, branch or all.", show_default="as the sweep file says")
    ] = None,
    max_size: Annotated[
        str | None, typer.Option("--max-size", help="Free the oldest states too, above this size: 20GB.")
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Free the store of the states that a sweep does not need; records of epochs stay."""
    from rts_search import service

    cleaning = service.gc(name, keep, max_size, dry_run, _place(results, storage))
    if as_json:
        typer.echo(json.dumps({"sweep": name, "dry_run": dry_run, **cleaning.to_dict()}))
    else:
        typer.echo(f"{name}: {cleaning.sentence('would go' if dry_run else 'went')}")


@app.command()
def verify(
    delete_damaged: Annotated[
        bool, typer.Option("--delete-damaged", help="Remove what is damaged; it is trained anew where it is needed.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    as_json: Json = False,
) -> None:
    """Read every state and record of the store and check its checksum; exit code 1 when one is damaged."""
    from rich.console import Console

    from rts_search.verification import Counting, verify_store

    with Counting(Console(stderr=True)) as counting:
        found = verify_store(_place(results).results.store_url, delete_damaged, counting)
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        for line in found.lines():
            typer.echo(line)
    if found.damaged:
        raise typer.Exit(DAMAGED)


@app.command()
def schema() -> None:
    """Print the JSON Schema of sweep files, for editors."""
    from rts_search.sweep_file import sweep_schema

    typer.echo(json.dumps(sweep_schema(), indent=2))


if __name__ == "__main__":
    main()
