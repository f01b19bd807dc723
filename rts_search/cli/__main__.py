"""The entry point of the command line: `rts-search`, or `python -m rts_search.cli`.

Everything else is imported after the process heeds signals.
"""

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn

from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.basics.signals import STOPPED, interrupts_noted, stoppable

OBJECTS_BEFORE_GC = 50_000
"""New objects after which Python looks for garbage. By default it looks after 700. The imports of torch, pandas and
Optuna make hundreds of thousands of objects that all stay. Looking through them again and again took 0.5 s of the first
3 s of a launch."""


def main() -> None:
    """Run the command."""
    from rts_search.cli.command_line import main as command_line

    command_line()


def run() -> NoReturn:
    """Run the command and end the process at once with its exit code.

    Python itself takes up to a second to unload torch and Ray. Threads that must end, and functions that libraries have
    registered for the exit, such as the one that ends Ray, are waited for. After an unexpected error, Python ends as
    usual.
    """
    gc.set_threshold(OBJECTS_BEFORE_GC)
    with stoppable():
        try:
            _close_input()
            code = _code_of_command()
            with interrupts_noted():  # the command is over, and only has to end
                _end()
        except KeyboardInterrupt:
            print(STOPPED, file=sys.stderr, flush=True)
            code = INTERRUPTED
    os._exit(code)


def _code_of_command() -> int:
    """Run the command. Returns its exit code."""
    try:
        main()
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        return ended.code or 0
    return 0


def _end() -> None:
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()


def _close_input() -> None:
    """Give this process, and all that it starts, an empty input: no library may ask the user and wait for an answer."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    if empty:
        os.close(empty)


if __name__ == "__main__":
    run()
