"""The environment of the processes that tests start."""

import os

OF_THE_TESTS = "RAY_worker_niceness"
"""The variable of Ray that `tests/conftest.py` sets for all of them."""


def plain_environment() -> dict[str, str]:
    """This process's environment variables, without those that rts-search and Ray have set in it."""
    return {
        name: value
        for name, value in os.environ.items()
        if name == OF_THE_TESTS or not name.startswith(("RTS_", "RAY_"))
    }
