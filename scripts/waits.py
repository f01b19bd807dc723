"""The lines on standard error that name what a command waits for, such as `digits: reading the trials`."""

import re

WAIT = re.compile(r"(?!rts-search: )([\w.-]+: )?[a-z][\w ,./-]*")


def without_waits(err: str) -> list[str]:
    """The lines of an error output, without those that name a wait. On a slow machine these come before an error."""
    return [line for line in err.strip().splitlines() if not WAIT.fullmatch(line)]
