"""The private parts of Ray that are used, here and nowhere else (`ray<2.61` in pyproject.toml)."""

import os
from collections.abc import Mapping
from typing import Any

from ray import tune


def preload_in_workers(module: str) -> None:
    """Let every worker process of the next local Ray import a module before it is given anything to do.

    Called before Ray starts. Ray reads the setting `preload_python_modules` from the environment.
    """
    os.environ["RAY_preload_python_modules"] = module  # noqa: SIM112 -- as Ray spells it


def keep_workers(controller: Any, share: Mapping[str, float], number: int) -> None:
    """Let Tune keep up to `number` idle workers with this share of resources.

    Called once, by the scheduler, before the first trial begins. Tune by itself keeps one idle worker: where two trials
    end at the same moment, or trials wait for epochs that another one trains, it would stop the others, and new ones
    would import torch again, for two seconds each.
    """
    controller._actor_cache.increase_max(tune.PlacementGroupFactory([dict(share)]), by=number)
