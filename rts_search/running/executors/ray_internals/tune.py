"""What Tune does with its workers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any


def take_started_workers(controller: Any) -> None:
    """Make Tune take the worker processes that a local Ray has already started, which have imported torch.

    Called once, before the first trial begins, never on a cluster. By default Tune gives its workers environment
    variables of the driver, and Ray starts a new process for other variables. A local Ray's workers have them anyway.
    """
    import ray

    controller._class_cache.get = cache(ray.remote)


def keep_workers(controller: Any, share: Mapping[str, float], number: int) -> None:
    """Make Tune keep up to `number` idle workers with this share of resources.

    Called once, by the scheduler, before the first trial begins. By default Tune keeps one idle worker. If two
    trials end at the same moment, or trials wait for shared epochs, it stops the other workers. Each new worker would
    import torch again, which takes two seconds.
    """
    from ray import tune

    controller._actor_cache.increase_max(tune.PlacementGroupFactory([dict(share)]), by=number)


@contextmanager
def workers_of_lost_ray_left(lost: Callable[[], str]) -> Iterator[None]:
    """Leave the workers and the resources of Tune alone when Ray is lost; by default Tune asks Ray to end them.

    Ray would not answer. Tune asks at the end of its loop, which is here the end of the `with` block, and also when
    Python frees the object that holds the resources, at any later moment. So this one stays as it is after a loss.

    lost: why Ray cannot be used; empty while it can.
    """
    from ray.air.execution import PlacementGroupResourceManager
    from ray.tune.execution.tune_controller import TuneController

    asking: list[tuple[Any, str]] = [(TuneController, "cleanup"), (PlacementGroupResourceManager, "clear")]
    before = [getattr(owner, name) for owner, name in asking]
    for (owner, name), function in zip(asking, before, strict=True):
        setattr(owner, name, _unless(lost, function))
    try:
        yield
    finally:
        if not lost():
            for (owner, name), function in zip(asking, before, strict=True):
                setattr(owner, name, function)


def _unless(lost: Callable[[], str], function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda owner: None if lost() else function(owner)
