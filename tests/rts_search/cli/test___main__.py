"""A command ends at once, and loses nothing."""

import subprocess
import sys

COMMAND = """
import atexit, sys, threading, time
from rts_search.cli import __main__ as entry

def command():
    atexit.register(print, "a library is told")
    threading.Thread(target=lambda: (time.sleep(0.2), print("a thread has ended"))).start()
    print("printed without a line break", end="")
    sys.exit({code})

entry.main = command
entry.run()
"""


def test_threads_are_waited_for_libraries_are_told_and_output_is_written() -> None:
    ended = subprocess.run([sys.executable, "-c", COMMAND.format(code=3)], capture_output=True, text=True)
    assert ended.returncode == 3
    assert ended.stdout == "printed without a line breaka thread has ended\na library is told\n"


def test_an_error_that_nobody_expected_keeps_its_traceback() -> None:
    ended = subprocess.run([sys.executable, "-c", COMMAND.format(code="'a text'")], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (1, "a text\n")


ABANDONED = """
import signal, threading, time
from rts_search.basics.signals import when_abandoned
from rts_search.cli import __main__ as entry

def command():
    when_abandoned(lambda: print("what it waited for is ended", flush=True))
    threading.Thread(target=time.sleep, args=(300.0,)).start()
    signal.raise_signal(signal.SIGTERM)
    raise SystemExit(130)

entry.main, entry.END_SECONDS = command, 0.0
entry.run()
"""


def test_after_a_request_to_stop_no_thread_is_waited_for_long() -> None:
    ended = subprocess.run([sys.executable, "-c", ABANDONED], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "what it waited for is ended\n", "")
