"""Replace this process by another program, which the kernel kills as soon as its parent ends.

Run as `python -I -S end_with_parent.py PROGRAM ARGUMENT...`, by the raylet of a local Ray, for its agents. They would
otherwise look for their raylet, ask the gcs_server about it, which is gone as well, and end after a minute.
"""

import argparse
import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
"""The kernel's number for "send me this signal when my parent ends" (Linux: prctl(2)). It stays after exec."""
PARENT = "RAY_RAYLET_PID"
"""Ray's variable: the number of the raylet."""


def main() -> None:
    """Bind this process to its parent, then run the command in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="path of the program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    asked = parser.parse_args()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    parent_ended_before = os.environ.get(PARENT, str(os.getppid())) != str(os.getppid())
    if not parent_ended_before:
        os.execv(asked.program, [asked.program, *asked.arguments])


if __name__ == "__main__":
    main()
