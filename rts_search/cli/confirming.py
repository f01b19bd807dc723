"""The command that confirms a sweep, and the confirmation at the end of `launch` and `resume`."""

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.basics.sizes import counted
from rts_search.cli.lines import say as say_line
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import (
    DEFAULT_EXECUTOR,
    Address,
    Executor,
    Json,
    Name,
    ResultsOption,
    Storage,
    Verbose,
    workspace_of,
)
from rts_search.cli.stopping import stop_told

if TYPE_CHECKING:
    from rich.console import Console

    from rts_search.analysis.confirmation.verdict import Verdict
    from rts_search.study.study import SweepStudy
    from rts_search.study.workspace import Workspace
    from rts_search.sweep.confirm_section import ConfirmConfig
    from rts_search.sweep.sections import ResourcesConfig


CONFIRM = "confirm in the sweep file"
"""The defaults of the options, as --help shows them."""


def confirm(
    name: Name,
    top_k: Annotated[
        int | None,
        typer.Option("--top-k", help="Number of contenders: the best trials of the search.", show_default=CONFIRM),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option("--seeds", help="Number of seeds for each contender and baseline.", show_default=CONFIRM),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="tuned|own_cost",
            help="How long tuned baselines train: as in the sweep, or at the cost of RTS's run.",
            show_default=CONFIRM,
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PLACE=VALUE",
            help="Change a limit of the confirmation's budget or the resources of a run: budget.hours=8, "
            "resources.cpus_per_trial=1.",
        ),
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    executor: Executor = DEFAULT_EXECUTOR,
    as_json: Json = False,
) -> None:
    """Test on new seeds whether the best configs beat the baselines.

    It trains the best configs and the baselines at equal cost, and prints which differences are established.
    """
    with phase(f"{name}: reading the trials"):
        from rich.console import Console

        from rts_search.sweep.confirm_section import confirm_settings
        from rts_search.sweep.sweep_file import read_changes

        workspace = workspace_of(results, storage, address, verbose, executor)
        workspace.results.require_writable(name)
        limits, resources = read_changes(overrides or [])
        study = workspace.load(name)
    settings = confirm_settings(study.sweep.confirm, top_k, seeds, limits if limits.model_fields_set else None, at)
    verdict = run_confirmation(study, settings, workspace, Console(stderr=as_json), resources)
    if as_json:
        typer.echo(json.dumps(verdict.to_dict()))
    else:
        print_markdown(workspace.results.sweep(name).confirm_md.read_text(encoding="utf-8"))


def run_confirmation(
    study: "SweepStudy",
    settings: "ConfirmConfig",
    workspace: "Workspace",
    console: "Console",
    resources: "ResourcesConfig | None" = None,
) -> "Verdict":
    """Confirm a sweep whose search is over, under its live display; return the verdict.

    resources: changes of the resources of a run, if there are any.

    Raises:
        UserError: the sweep cannot be confirmed.
        typer.Exit: the user stopped the confirmation.
    """
    command = workspace.command("confirm", study.name)
    say = partial(say_line, err=console.stderr)
    with stop_told(lambda: f"{study.name}: stopped; all finished epochs are saved. Continue with: {command}", say):
        with phase(f"{study.name}: starting the confirmation"):
            from rts_search.cli.live_display import SweepDisplay
            from rts_search.operations.confirm import confirm as operation

        verdict = operation(
            study,
            settings,
            workspace,
            lambda runs: SweepDisplay.of_study(console, runs, runs.total),
            resources,
            console.print,
        )
    say(_cost(study, workspace))
    return verdict


def _cost(study: "SweepStudy", workspace: "Workspace") -> str:
    """What the confirmation has cost so far, with all its looks, beside the search."""
    from rts_search.study.confirmation_study import ConfirmationStudy

    runs = ConfirmationStudy.load(workspace.storage_url, study.name).trials()
    spent, search = (sum(entry.spent for entry in entries) for entries in (runs, study.trials()))
    return (
        f"{study.name}: the confirmation has cost {spent:,} gradient evaluations in {counted(len(runs), 'run')}, "
        f"and the search {search:,}"
    )
