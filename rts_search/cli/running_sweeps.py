"""The commands for a sweep that another process runs: status, stop."""

import json

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.options import Json, Name, ResultsOption, Storage, workspace_of


def status(
    name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False
) -> None:
    """Show the progress of a sweep."""
    with phase(f"{name}: reading the trials"):
        from rts_search.study.status import status as status_of_sweep

        workspace = workspace_of(results, storage)
        facts = status_of_sweep(name, workspace)
    if as_json:
        typer.echo(json.dumps(facts))
        return
    ended = facts["completed"] + facts["stopped_early"] + facts["failed"]
    typer.echo(
        f"{name}: {facts['state']}, {ended} of {facts['trials']} trials ended ({facts['completed']} completed, "
        f"{facts['stopped_early']} stopped early, {facts['failed']} failed)"
    )
    if facts["held"]:
        typer.echo(f"  {len(facts['held'])} stopped early for now; each continues if it turns out to be among the best")
    for number, epochs in facts["unfinished"].items():
        typer.echo(f"  trial {number}: epoch {epochs} of {facts['lengths'].get(number, facts['epochs'])}")
    for arm, told in facts["arms"].items():
        reached = f", best {told['best']['value']:.4f} (trial {told['best']['trial']})" if told["best"] else ""
        typer.echo(
            f"  {arm}: {told['begun']} of {told['trials']} trials begun, {told['ended']} ended{reached}; "
            f"{told['gradient_evaluations']:,} gradient evaluations charged"
        )
    if best := facts["best"]:
        typer.echo(f"  best so far: trial {best['trial']}, {best['metric']} {best['value']:.4f}")
    typer.echo(
        f"  {facts['gradient_evaluations']:,} gradient evaluations charged, "
        f"{facts['gradient_evaluations_spent']:,} spent"
    )
    if facts["untested"]:
        typer.echo(
            f"  stopped before the test accuracy of {_trials(facts['untested'])} was read; read it with: "
            f"{workspace.command('resume', name)}"
        )
    if facts["state"] == "budget used up":
        typer.echo(f"  continue with: {workspace.command('resume', name, '--set budget.LIMIT=VALUE')}")
        if facts["can_confirm"]:
            typer.echo(f"  or confirm the trials it has: {workspace.command('confirm', name)}")
    if facts["state"] == "interrupted":
        typer.echo(f"  continue with: {workspace.command('resume', name)}")


def stop(name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None) -> None:
    """Stop a running sweep; `resume` continues it."""
    with phase(f"{name}: looking for its process"):
        from rts_search.operations import stop as operation

        workspace = workspace_of(results, storage)
        stopped = operation.stop(name, workspace)
    if stopped:
        typer.echo(f"{name}: stopped. Continue with: {workspace.command('resume', name)}")
    else:
        typer.echo(f"{name}: was not running")


def _trials(numbers: list[int]) -> str:
    *first, last = map(str, numbers)
    return f"trials {', '.join(first)} and {last}" if first else f"trial {last}"
