"""The command that runs one sweep for each of several data sets and models: over."""

from typing import Annotated

import typer

from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import (
    DEFAULT_EXECUTOR,
    Address,
    Executor,
    Overrides,
    ResultsOption,
    Storage,
    Verbose,
    require_form,
    workspace_of,
)
from rts_search.cli.picturing import Png
from rts_search.cli.tabulating import FORMS, Output, write_table


def over(
    file: Annotated[str, typer.Argument(help="A sweep file with `over`: lists of data sets, of models or of both.")],
    overrides: Overrides = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    executor: Executor = DEFAULT_EXECUTOR,
    output: Output = None,
    png: Png = None,
) -> None:
    """Run one sweep for each data set and model of a file.

    They share one budget. Called again, it continues where it was stopped. At the end it prints the table of `tasks`,
    and writes what --output and --png name.
    """
    require_form(output, FORMS)
    workspace = workspace_of(results, storage, address, verbose, executor)
    workspace.results.require_writable()
    from rts_search.basics.errors import UserError
    from rts_search.cli.sweeps import launch_loaded, resume_study
    from rts_search.operations.over import left, task_of
    from rts_search.operations.tasks import tasks
    from rts_search.sweep.over import load_over

    sweeps = load_over(file, overrides or [])
    confirmed = all(sweep.confirm is not None for sweep in sweeps)
    if (output or png) and not confirmed:
        option = "--output" if output else "--png"
        raise UserError(f"{option}: needs the section `confirm`, since tables have confirmed sweeps; leave it out")
    for place, sweep in enumerate(sweeps, 1):
        found = [task_of(one, workspace) for one in sweeps]
        task = found[place - 1]
        others = [one.study for one in found if one.study is not None and one is not task]
        typer.echo(f"{place} of {len(sweeps)}: {sweep.name}{' is done' if task.done else ''}")
        if task.done:
            continue
        budget = left(sweep.budget, others)
        if task.study is None:
            launch_loaded(sweep.model_copy(update={"budget": budget}), workspace)
        else:
            limits = budget.model_dump(exclude_none=True, exclude={"trials"})
            resume_study(task.study, workspace, overrides=[f"budget.{name}={limits[name]}" for name in limits])
    if confirmed:
        table = tasks([sweep.name for sweep in sweeps], workspace)
        print_markdown(table.markdown())
        write_table(table, output, png)
