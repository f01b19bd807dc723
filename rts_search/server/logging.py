"""What the service writes down while it runs: lines to read, or with RTS_SEARCH_LOG=json one JSON object each."""

import logging
import os
import sys

from rts_search.basics.errors import UserError

FORM = "RTS_SEARCH_LOG"
FORMS = ("text", "json")


def set_up_logging() -> None:
    """Write to standard error in the form that the environment asks for. Raises: UserError."""
    form = os.environ.get(FORM, "text")
    if form not in FORMS:
        raise UserError(f"{FORM}: must be {' or '.join(FORMS)}, but got {form!r}")
    handler = logging.StreamHandler(sys.stderr)
    if form == "json":
        from pythonjsonlogger.json import JsonFormatter

        names = {"asctime": "time", "levelname": "level", "name": "logger"}
        handler.setFormatter(JsonFormatter("{asctime}{levelname}{name}{message}", style="{", rename_fields=names))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
