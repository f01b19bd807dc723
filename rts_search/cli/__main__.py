"""The entry point of the command line: `rts-search`, or `python -m rts_search.cli`."""

import atexit
import gc
import os
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn

from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.basics.signals import asked, commands_stopped, hurried
from rts_search.basics.stop_requests import requests
from rts_search.basics.terminal import ask_nobody

OBJECTS_BEFORE_GC = 50_000
"""New objects after which Python looks for garbage. By default it looks after 700. The imports of torch, pandas and
Optuna make hundreds of thousands of objects that all stay. Looking through them again and again took 0.5 s of the first
3 s of a launch."""


END_SECONDS = 3.0
"""Longest wait for threads after a request to stop, such as for a Ray that is just starting."""
JOIN_SECONDS = 0.1
"""Seconds between two looks whether the process was asked to stop."""


def main() -> None:
    """Run the command line."""
    from rts_search.cli.command_line import main as command
    from rts_search.cli.waiting import waits_shown

    with waits_shown(sys.argv[1:]):
        command()


def run() -> NoReturn:
    """Run the command and end the process at once with its exit code.

    Python itself takes up to a second to unload torch and Ray. Threads that must end, such as the one that ends Ray,
    and functions that libraries have registered for the exit are waited for, but not long after a request to stop.
    After an unexpected error, Python ends as usual.
    """
    code = 0
    gc.set_threshold(OBJECTS_BEFORE_GC)
    with commands_stopped():
        try:
            ask_nobody(sys.argv[1:])
            main()
        except SystemExit as ended:
            if not isinstance(ended.code, int | None):
                raise
            code = ended.code or 0
        except KeyboardInterrupt:
            code = INTERRUPTED
        whole = False
        with suppress(KeyboardInterrupt):
            whole = _threads_have_ended()
            if whole:
                atexit._run_exitfuncs()
        requests.holding = True  # nothing is left that a further request could stop
        if not whole:
            for action in requests.when_abandoned:
                action()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _threads_have_ended() -> bool:
    """Wait for all threads that must end. False: the process was asked to stop, and they take too long."""
    began = time.monotonic()
    for thread in threading.enumerate():
        while thread is not threading.current_thread() and not thread.daemon and thread.is_alive():
            if hurried() or (asked() and time.monotonic() - began > END_SECONDS):
                return False
            thread.join(JOIN_SECONDS)
    return True


if __name__ == "__main__":
    run()
