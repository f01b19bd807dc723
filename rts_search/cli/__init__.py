"""The command line: each command reads its arguments, calls an operation and prints the result."""

from rts_search.cli.command_line import app, main

__all__ = ["app", "main"]
