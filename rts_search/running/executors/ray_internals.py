"""The only module that uses private parts of Ray (`ray<2.61` in pyproject.toml)."""

import os
from collections.abc import Mapping
from typing import Any

from ray._private import ray_constants


def preload_in_workers(module: str) -> None:
    """Make every worker process of the next local Ray import a module before its first task.

    Called before Ray starts. Ray reads the setting `preload_python_modules` from the environment.
    """
    os.environ["RAY_preload_python_modules"] = module  # noqa: SIM112 -- the spelling is Ray's


def leave_signals_alone() -> None:
    """Keep Ray from taking SIGTERM for itself in this process, which would end it without a word to the user.

    Called before Ray starts. Ray's Python code does so only when it starts in the main thread; its C++ code always.
    """
    ray_constants.RAY_DISABLE_FAILURE_SIGNAL_HANDLER = True


def keep_workers(controller: Any, share: Mapping[str, float], number: int) -> None:
    """Make Tune keep up to `number` idle workers with this share of resources.

    Called once, by the scheduler, before the first trial begins. By default Tune keeps one idle worker. If two
    trials end at the same moment, or trials wait for shared epochs, it stops the other workers. Each new worker would
    import torch again, which takes two seconds.
    """
    from ray import tune

    controller._actor_cache.increase_max(tune.PlacementGroupFactory([dict(share)]), by=number)
