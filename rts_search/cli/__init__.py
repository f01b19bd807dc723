"""The command line: each command reads its arguments, calls an operation and prints the result."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rts_search.cli.command_line import app, main

__all__ = ["app", "main"]


def __getattr__(name: str) -> Any:
    """Import the commands when they are first used, so that a command can heed signals before it imports anything."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rts_search.cli import command_line

    return getattr(command_line, name)
