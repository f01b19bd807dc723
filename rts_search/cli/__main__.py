"""The entry point of the command line: `rts-search`, or `python -m rts_search.cli`."""

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn

from rts_search.cli.command_line import main

OBJECTS_BEFORE_GC = 50_000
"""New objects after which Python looks for garbage. By default it looks after 700. The imports of torch, pandas and
Optuna make hundreds of thousands of objects that all stay. Looking through them again and again took 0.5 s of the first
3 s of a launch."""


def run() -> NoReturn:
    """Run the command and end the process at once with its exit code.

    Python itself takes up to a second to unload torch and Ray. Threads that must end, such as the one that ends Ray,
    and functions that libraries have registered for the exit are waited for. After an unexpected error, Python ends as
    usual.
    """
    code = 0
    gc.set_threshold(OBJECTS_BEFORE_GC)
    try:
        main()
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        code = ended.code or 0
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
