"""Reads and checks the sweep file in the body of a request."""

import json
from typing import Any

from fastapi import Request

from rts_search.basics.errors import UserError, refused
from rts_search.server.problems import Problem
from rts_search.server.settings import ServerSettings
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import check_sweep
from rts_search.sweep.untrusted import Untrusted, require_trust
from rts_search.sweep.yaml_reader import parse_yaml
from trainables.core.settings.section import ConfigError

SOURCE = "the sweep"
SWEEP_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A sweep file; /api/schema describes it.",
        "content": {
            "application/yaml": {"schema": {"type": "object", "minProperties": 1}},
            "application/json": {"schema": {"type": "object", "minProperties": 1}},
        },
    }
}
"""The OpenAPI entry of a body that is a sweep file."""


async def sweep_values(request: Request) -> dict[str, Any]:
    """Read the settings in the body, YAML or JSON, by the same rules as a file. Raises: Problem."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = await request.body()
    if kind == "application/json":
        try:
            json.loads(content)
        except (ValueError, RecursionError) as error:
            raise Problem(422, f"{SOURCE}: must be JSON, as the Content-Type says: {error}") from error
    elif kind not in ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"):
        raise Problem(415, f"Content-Type: must be application/yaml or application/json, but got {kind!r}")
    try:
        values = parse_yaml(content, SOURCE)
        request.state.sweep_text = content.decode("utf-8-sig") if kind != "application/json" else ""
        return values
    except UserError as error:
        raise Problem(422, str(error)) from error


def checked(values: dict[str, Any], name: str | None, request: Request) -> SweepFile:
    """Check a sweep that a user sent, and return it.

    The data and the model are looked up only after it is certain that the sweep may use them.

    Raises: Problem: 403 for code, or for data outside of the data roots; 422 for settings that are not valid.
    """
    from rts_search.server.state import state_of

    values = {**values, **({"name": name} if name is not None else {})}
    try:
        return trusted(values, state_of(request).settings)
    except Untrusted as error:
        raise Problem(403, str(error)) from error
    except UserError as error:
        raise Problem(422, str(error)) from error


def trusted(values: dict[str, Any], settings: ServerSettings) -> SweepFile:
    """The same check. Raises: UserError, and Untrusted for code or for data outside of the data roots."""
    if "name" not in values:
        raise refused(SOURCE, ConfigError("name", "must be set in a sweep that is sent over HTTP", None))
    roots, allow_code = settings.data_roots, settings.allow_code
    return check_sweep(values, SOURCE, allow=lambda sweep: require_trust(sweep, roots, allow_code))
