"""The commands to use before a launch: check, plan, simulate, schema."""

import json
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.basics.sizes import counted
from rts_search.cli.lines import say
from rts_search.cli.options import (
    DEFAULT_EXECUTOR,
    Address,
    Executor,
    Json,
    Overrides,
    ResultsOption,
    Storage,
    Sweep,
    Verbose,
    workspace_of,
)


def check(sweep: Sweep, overrides: Overrides = None, as_json: Json = False) -> None:
    """Check a sweep file, its data and its model; nothing is trained."""
    with phase(f"reading {sweep}"):
        from rts_search.analysis.arms.effort import listed
        from rts_search.analysis.confirmation.forecast import scope
        from rts_search.operations.data_check import facts_of, load, notes_on
        from rts_search.operations.model_check import require_trainable
        from rts_search.sweep.sweep_file import load_sweep
        from trainables.core.history.lineage import full_cost

        loaded = load_sweep(sweep, overrides or [])
    decoded = load(loaded.dataset, loaded.name)
    with phase("trying the model"):
        data = facts_of(decoded, loaded.training.batch_size)
        model = require_trainable(loaded, decoded, counts=True)
    most_per_trial = full_cost(loaded.training.epochs, data.steps_per_epoch)
    steps = loaded.training.epochs * data.steps_per_epoch
    for_baselines = sum(math.ceil(steps * baseline.gradients_per_step) for baseline in loaded.baselines)
    alone = most_per_trial * loaded.num_trials + for_baselines
    most_in_all = most_per_trial * loaded.total_trials if loaded.tuned else alone
    confirmation = scope(loaded)
    notes = notes_on(loaded.dataset, data, loaded.name)
    facts = {
        "sweep": loaded.name,
        "trials": loaded.num_trials,
        "arms": loaded.efforts,
        "baselines": [baseline.name for baseline in loaded.baselines],
        **data.to_dict(),
        **model.to_dict(),
        "notes": notes,
        "gradient_evaluations_of_the_dearest_trial": most_per_trial,
        "gradient_evaluations_at_most": most_in_all,
        "confirmation": confirmation.at_most(data.steps_per_epoch) if confirmation else None,
    }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    baselines, epochs = counted(len(loaded.baselines), "baseline"), counted(loaded.training.epochs, "epoch")
    number = f"{counted(loaded.num_trials, 'trial')} and {baselines} of {epochs}"
    if loaded.tuned:
        arms = counted(len(loaded.efforts), "arm")
        number = f"{counted(loaded.total_trials, 'trial')} of {arms} ({listed(loaded.efforts)})"
    say(
        f"{loaded.name}: valid. {number}; {data.train_images:,} training, {data.val_images:,} validation and "
        f"{data.test_images:,} test images; {model.told(loaded.model)}; at most {most_per_trial:,} gradient "
        f"evaluations a trial, {most_in_all:,} in all."
    )
    for note in notes:
        say(note)
    if loaded.space.is_plain_pugd:
        say("The space has no radius, scale or timing: it searches plain PUGD, not RTS. Add `ready: rts` to it.")
    if confirmation is not None:
        say(confirmation.sentence(loaded.name, data.steps_per_epoch, most_in_all))


def plan(
    sweep: Sweep,
    overrides: Overrides = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    executor: Executor = DEFAULT_EXECUTOR,
    as_json: Json = False,
) -> None:
    """Train a few steps and forecast what a sweep will cost.

    After the sweep, `launch` compares the forecast with the real cost.
    """
    with phase(f"reading {sweep}"):
        workspace = workspace_of(results, storage, address, verbose, executor)
        workspace.results.require_writable()
        from rts_search.operations.plan import plan as planned
        from rts_search.sweep.sweep_file import load_sweep

        loaded = load_sweep(sweep, overrides or [])
    found = planned(loaded, workspace, lambda line: typer.echo(line, err=True))
    _print(found, as_json)


def simulate(
    sweep: Sweep,
    curves: Annotated[Path, typer.Option(help="epochs.parquet of a sweep, or recorded curves with one run per row.")],
    overrides: Overrides = None,
    model: Annotated[str | None, typer.Option(help="Use only the recorded curves of this model.")] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Use only the recorded curves with this many epochs.")
    ] = None,
    sampler: Annotated[list[str] | None, typer.Option(help="random or tpe; repeat the option for both.")] = None,
    orders: Annotated[int, typer.Option(min=1, max=100_000, help="Number of simulated sweeps for each setting.")] = 200,
    workers: Annotated[int, typer.Option(min=1, max=10_000, help="Trials that run at the same time.")] = 4,
    as_json: Json = False,
) -> None:
    """Simulate sweeps on recorded curves, to choose settings.

    For each setting of early stopping it prints what a sweep costs, how much accuracy it loses, and which to take.
    """
    with phase("simulating sweeps"):
        from rts_search.analysis.simulation.simulate import Plan, simulate
        from rts_search.sweep.sweep_file import load_sweep

        loaded = load_sweep(sweep, overrides or [], to_run=False)
        plan = Plan(tuple(sampler or ["random"]), orders, workers)
        found = simulate(loaded, curves, model, epochs, plan, lambda line: typer.echo(line, err=True))
    _print(found, as_json)


def _print(found: Any, as_json: bool) -> None:
    """Print a forecast or a simulation: its lines, or JSON."""
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
        return
    for line in found.lines():
        say(line)


def schema() -> None:
    """Print the JSON Schema of sweep files, for editors."""
    from rts_search.sweep.sweep_file import sweep_schema

    typer.echo(json.dumps(sweep_schema(), indent=2))
