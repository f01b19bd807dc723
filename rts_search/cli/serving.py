"""The service and its tokens."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.options import Address, Json, ResultsOption, Storage, workspace_of

token = typer.Typer(help="Who may use the service.", no_args_is_help=True)


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback only with tokens.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8265,
    data_root: Annotated[
        list[Path] | None, typer.Option(help="Folder whose data sweeps over HTTP may name; again for more.")
    ] = None,
    allow_code: Annotated[bool, typer.Option("--allow-code", help="Let them name package.module:function.")] = False,
    max_sweeps: Annotated[int, typer.Option(min=1, help="Sweeps at a time; the others wait.")] = 1,
    max_per_user: Annotated[int, typer.Option(min=1, help="Of them, of one user.")] = 1,
    rate: Annotated[float, typer.Option(min=1.0, help="Requests per second of one client.")] = 100.0,
    https: Annotated[bool, typer.Option("--https", help="Browsers reach it by https, behind a proxy.")] = False,
    allow_host: Annotated[list[str] | None, typer.Option(help="Another name it goes by; again for more.")] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
) -> None:
    """Serve sweeps over HTTP, with pages to launch and watch them."""
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
    )
    run(settings, typer.echo)


@token.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    role: Annotated[
        str, typer.Option(help="viewer looks, runner launches too, admin may change what others launched.")
    ],
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Make a token and print it, this once."""
    from rts_search.server.database.connection import Database
    from rts_search.server.database.tokens import create_token

    workspace = workspace_of(results, storage)
    workspace.results.require_space()
    typer.echo(create_token(Database(workspace.storage_url), name, role))


@token.command("list")
def list_tokens(results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False) -> None:
    """List who has one."""
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


@token.command()
def revoke(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """End a token; browsers that logged in with it are logged out."""
    from rts_search.server.database.connection import Database
    from rts_search.server.database.tokens import revoke_token

    workspace = workspace_of(results, storage)
    workspace.results.require_space()
    revoke_token(Database(workspace.storage_url), name)
    typer.echo(f"{name}: revoked")
