"""The command line: each command reads its arguments, calls an operation and prints the result."""

from typing import Any

__all__ = ["app", "main"]


def __getattr__(name: str) -> Any:
    """Import the commands only when they are asked for: the process hears signals before that."""
    if name in __all__:
        from rts_search.cli import command_line

        return getattr(command_line, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
