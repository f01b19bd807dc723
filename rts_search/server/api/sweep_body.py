"""Reading what a request holds."""

import json
from typing import Any

from fastapi import Request

from rts_search.basics.errors import UserError
from rts_search.server.problems import Problem
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import check_sweep
from rts_search.sweep.untrusted import Untrusted, require_trust
from rts_search.sweep.yaml_reader import parse_yaml

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
"""How the sweep file is told of in OpenAPI."""


async def sweep_values(request: Request) -> dict[str, Any]:
    """The settings in the body: YAML, of which JSON is a part, read as a file is. Raises: Problem."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = await request.body()
    if kind == "application/json":
        try:
            json.loads(content)
        except (ValueError, RecursionError) as error:
            raise Problem(422, f"{SOURCE}: must be JSON, as its Content-Type says") from error
    elif kind not in ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"):
        raise Problem(415, f"Content-Type: must be application/yaml or application/json, but got {kind!r}")
    try:
        return parse_yaml(content, SOURCE)
    except UserError as error:
        raise Problem(422, str(error)) from error


def checked(values: dict[str, Any], name: str | None, request: Request) -> SweepFile:
    """A sweep that may be run here, its data and model looked up. Raises: Problem."""
    from rts_search.server.state import state_of

    settings = state_of(request).settings
    values = {**values, **({"name": name} if name is not None else {})}
    if "name" not in values:
        raise Problem(422, f"{SOURCE}: name: is needed by a sweep that comes over HTTP")
    try:
        sweep = check_sweep(values, SOURCE, to_run=False)
        require_trust(sweep, settings.data_roots, settings.allow_code)
        return check_sweep(values, SOURCE)
    except Untrusted as error:
        raise Problem(403, str(error)) from error
    except UserError as error:
        raise Problem(422, str(error)) from error
