"""The log of the service: lines of text, or with RTS_SEARCH_LOG=json one JSON object per line."""

import logging
import os
import sys

from rts_search.basics.errors import UserError

FORM = "RTS_SEARCH_LOG"
FORMS = ("text", "json")


def set_up_logging() -> None:
    """Log to standard error, in the form that RTS_SEARCH_LOG names. Raises: UserError: there is no such form."""
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
