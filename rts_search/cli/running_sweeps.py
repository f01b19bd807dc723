"""The commands for a sweep that another process runs: status, stop."""

import json
from typing import TYPE_CHECKING, Any

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.lines import say
from rts_search.cli.options import Json, Name, ResultsOption, Storage, workspace_of

if TYPE_CHECKING:
    from rts_search.study.study import SweepStudy
    from rts_search.study.workspace import Workspace


def status(
    name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False
) -> None:
    """Show the progress of a sweep."""
    with phase(f"{name}: reading the trials"):
        from rts_search.study.status import progress

        workspace = workspace_of(results, storage)
        study = workspace.load(name)
        facts = progress(study, workspace)
    if as_json:
        typer.echo(json.dumps(facts))
    else:
        _print_facts(study, facts, workspace)


def print_status(name: str, workspace: "Workspace") -> None:
    """Print the progress of a sweep. Raises: UserError: there is no such sweep."""
    from rts_search.study.status import progress

    study = workspace.load(name)
    _print_facts(study, progress(study, workspace), workspace)


def _print_facts(study: "SweepStudy", facts: dict[str, Any], workspace: "Workspace") -> None:
    from rts_search.study.lead import lead_told

    name, going_on = study.name, workspace.going_on(study)
    ended = facts["completed"] + facts["stopped_early"] + facts["failed"]
    say(
        f"{name}: {facts['state']}, {ended} of {facts['trials']} trials ended ({facts['completed']} completed, "
        f"{facts['stopped_early']} stopped early, {facts['failed']} failed)"
    )
    if facts["held"]:
        say(f"  {len(facts['held'])} stopped early for now; each continues if it turns out to be among the best")
    for number, epochs in facts["unfinished"].items():
        say(f"  trial {number}: epoch {epochs} of {facts['lengths'].get(number, facts['epochs'])}")
    for arm, told in facts["arms"].items():
        reached = f", best {told['best']['value']:.4f} (trial {told['best']['trial']})" if told["best"] else ""
        say(
            f"  {arm}: {told['begun']} of {told['trials']} trials begun, {told['ended']} ended{reached}; "
            f"{told['gradient_evaluations']:,} gradient evaluations charged"
        )
    if confirming := facts["confirmation"]:
        say(
            f"  {'confirming' if confirming['running'] else 'confirmation'}: {confirming['ended']} of "
            f"{confirming['runs']} planned runs ended, {confirming['gradient_evaluations_spent']:,} gradient "
            "evaluations spent"
        )
        for number, epochs in confirming["unfinished"].items():
            say(f"  run {number}: epoch {epochs} of {confirming['lengths'][number]}")
        from rts_search.operations.results import verdict_told

        if not confirming["running"] and (told := verdict_told(study, study.trials(), workspace)):
            say(f"  {told}")
    if best := facts["best"]:
        lead = f", {told}" if (told := lead_told(facts)) else ""
        say(f"  best so far: trial {best['trial']}, {best['metric']} {best['value']:.4f}{lead}")
    say(
        f"  {facts['gradient_evaluations']:,} gradient evaluations charged, "
        f"{facts['gradient_evaluations_spent']:,} spent"
    )
    if facts["untested"]:
        say(
            f"  stopped before the test accuracy of {_trials(facts['untested'])} was read; read it with: "
            f"{going_on.command('resume', name)}"
        )
    if facts["state"] == "budget used up":
        say(f"  continue with: {going_on.command('resume', name, '--set budget.LIMIT=VALUE')}")
        if facts["can_confirm"]:
            say(f"  or confirm the trials it has: {going_on.command('confirm', name)}")
    if facts["state"] == "interrupted":
        say(f"  continue with: {going_on.command('resume', name)}")


def stop(name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None) -> None:
    """Stop a running sweep; `resume` continues it."""
    with phase(f"{name}: looking for its process"):
        from rts_search.operations import stop as operation

        workspace = workspace_of(results, storage)
        stopped = operation.stop(name, workspace)
    if stopped:
        say(f"{name}: stopped. Continue with: {workspace.load(name).go_on}")
    else:
        say(f"{name}: was not running")


def _trials(numbers: list[int]) -> str:
    *first, last = map(str, numbers)
    return f"trials {', '.join(first)} and {last}" if first else f"trial {last}"
