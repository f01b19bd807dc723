"""The commands for the HTTP service and its tokens: serve, token create, token list, token revoke."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.options import Json, ResultsOption, Storage, workspace_of

token = typer.Typer(help="Create, list and revoke the tokens of users.", no_args_is_help=True)


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on. Any other than loopback needs a token first.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8265,
    data_root: Annotated[
        list[Path] | None, typer.Option(help="Folder with data that sweeps sent over HTTP may use; can be repeated.")
    ] = None,
    allow_code: Annotated[
        bool,
        typer.Option("--allow-code", help="Let sweeps sent over HTTP name package.module:function as their model."),
    ] = False,
    max_sweeps: Annotated[
        int, typer.Option(min=1, max=10_000, help="Sweeps that run at the same time; others wait.")
    ] = 1,
    max_per_user: Annotated[
        int, typer.Option(min=1, max=10_000, help="Sweeps of one user that run at the same time.")
    ] = 1,
    rate: Annotated[
        float, typer.Option(min=1.0, max=1_000_000.0, help="Requests per second that one client may send.")
    ] = 100.0,
    https: Annotated[
        bool, typer.Option("--https", help="Send the browser's cookie over HTTPS only; use it behind an HTTPS proxy.")
    ] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Further host name by which browsers reach it; can be repeated.")
    ] = None,
    without_tokens: Annotated[
        bool,
        typer.Option(
            "--without-tokens",
            help="Let every user of this machine do everything, although the service has had tokens before.",
        ),
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Annotated[
        str | None,
        typer.Option(
            envvar="RAY_ADDRESS",
            help="Ray cluster to use: auto, HOST:PORT, or the http:// address of its dashboard; by the last, every "
            "sweep is a Ray Job.",
            show_default="a Ray of its own on this machine",
        ),
    ] = None,
) -> None:
    """Start the HTTP service, with pages to launch and watch sweeps."""
    from rts_search.server.serve import run
    from rts_search.server.settings import ServerSettings

    settings = ServerSettings(
        workspace_of(results, storage, address),
        host,
        port,
        tuple(data_root or ()),
        allow_code,
        max_sweeps,
        max_per_user,
        rate,
        https,
        tuple(allow_host or ()),
        without_tokens,
    )
    run(settings, typer.echo)


@token.command()
def create(
    name: Annotated[str, typer.Argument(help="User of the token.")],
    role: Annotated[
        str,
        typer.Option(help="viewer reads; runner also launches sweeps; admin also changes sweeps of other users."),
    ],
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Create a token and print it; it is not shown again."""
    from rts_search.server.database.connection import Database
    from rts_search.server.database.tokens import create_token
    from rts_search.server.local_access import remember_tokens

    workspace = workspace_of(results, storage)
    workspace.results.require_space()
    created = create_token(Database(workspace.storage_url), name, role)
    remember_tokens(workspace.results)
    typer.echo(created)


@token.command("list")
def list_tokens(results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False) -> None:
    """List the tokens: user, role and date."""
    from datetime import UTC, datetime

    from rts_search.server.database.connection import Database
    from rts_search.server.database.tokens import tokens

    workspace = workspace_of(results, storage)
    workspace.results.require_space()
    found = [
        {
            "name": row.name,
            "role": row.role,
            "created": datetime.fromtimestamp(row.created, UTC).isoformat("T", "seconds"),
        }
        for row in tokens(Database(workspace.storage_url))
    ]
    if as_json:
        typer.echo(json.dumps(found))
        return
    for one in found:
        typer.echo(f"{one['name']}  {one['role']}  since {one['created']}")
    if not found:
        typer.echo("no tokens yet; create one with: rts-search token create NAME --role runner")


@token.command()
def revoke(
    name: Annotated[str, typer.Argument(help="User of the token.")],
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Revoke a token and log out its browsers."""
    from rts_search.server.database.connection import Database
    from rts_search.server.database.tokens import revoke_token

    workspace = workspace_of(results, storage)
    workspace.results.require_space()
    revoke_token(Database(workspace.storage_url), name)
    typer.echo(f"{name}: revoked")
