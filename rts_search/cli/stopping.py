"""A command that is stopped says in one line what is kept and how to go on, and ends with exit code 130."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

import typer

from rts_search.basics.errors import UserError
from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.basics.log_tail import AGAIN
from rts_search.basics.signals import Interrupted, asked, interrupts_raised
from rts_search.cli.lines import say as say_line

Command = TypeVar("Command", bound=Callable[..., Any])


@contextmanager
def stop_told(line: Callable[[], str], say: Callable[[str], None] = say_line) -> Iterator[None]:
    """End the `with` block with one line and exit code 130 if the user stops the command in it.

    A library may turn the exception of a request to stop into one of its own: after a request, all unexpected errors
    mean that the command was stopped.

    Args:
        line: makes the line.
        say: prints it.

    Raises:
        typer.Exit: the command was stopped.
    """
    try:
        yield
    except (UserError, typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except (Interrupted, KeyboardInterrupt):
        pass
    except Exception:
        if not asked():
            raise
    else:
        return
    say(line())
    raise typer.Exit(INTERRUPTED)


def stoppable(command: Command) -> Command:
    """The command, which can be stopped at any moment from its first line on, also before it begins its work."""

    @wraps(command)
    def stopping(*arguments: Any, **options: Any) -> Any:
        with stop_told(_stopped), interrupts_raised():
            return command(*arguments, **options)

    return stopping  # type: ignore[return-value]


def _stopped() -> str:
    return f"stopped; nothing that was stored is lost.{AGAIN}{same_command()}"


def same_command() -> str:
    """This command line, ready to be pasted. It has no password: see `leave_process_table`."""
    return shlex.join(["rts-search", *sys.argv[1:]])
