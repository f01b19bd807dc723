"""Own processes are killed with all below them, and no others."""

import subprocess

import psutil

from rts_search.basics.process_tree import kill_with_descendants

DEAF = "trap '' TERM; sh -c 'sleep 300 & sleep 300' & echo started; wait"


def test_children_and_all_below_them_are_killed_and_no_others() -> None:
    other = subprocess.Popen(["sleep", "300"])
    ended = subprocess.Popen(["true"])
    ended.wait()
    child = subprocess.Popen(["sh", "-c", DEAF], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"started\n"
        below = psutil.Process(child.pid).children(recursive=True)
        assert below
        kill_with_descendants([child, ended])
        assert child.wait(30) < 0
        gone, alive = psutil.wait_procs(below, timeout=30)
        assert gone
        assert not alive
        assert other.poll() is None
    finally:
        child.stdout.close()
        other.kill()
        other.wait()
