"""What may be changed of the file of a launched sweep, each as another sweep file."""

from typing import get_args

from rts_search.basics.errors import UserError
from rts_search.sweep.baselines import RTS, Name
from rts_search.sweep.sections import ResourcesConfig
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import parse_sweep


def extended(sweep: SweepFile, trials: int, arm: str | None) -> SweepFile:
    """The sweep with another number of trials, of every arm or of one. A baseline that is not in it becomes an arm.

    Raises:
        UserError: the number would become smaller, the name is no method, or baselines are not tuned.
    """
    if arm is not None:
        _check_arm(sweep, arm)
    least, of = sweep.efforts.get(arm or RTS, 1), "" if arm is None else f" for {arm}"
    if trials < least:
        raise UserError(f"{sweep.name}: trials: must be >= {least}{of}, but got {trials}")
    return parse_sweep(
        (sweep.with_trials(trials) if arm is None else sweep.with_arm(arm, trials)).to_dict(), f"study {sweep.name}"
    )


def allotted(sweep: SweepFile, resources: ResourcesConfig) -> SweepFile:
    """The sweep with the resources of a trial that `resources` sets.

    Raises:
        UserError: a value is auto, or trials would train on another kind of device.
    """
    changes = {name: getattr(resources, name) for name in resources.model_fields_set}
    for name, value in changes.items():
        if value == "auto":
            raise UserError(f"{sweep.name}: resources.{name}: must be a number in a launched sweep, but got auto")
    before = sweep.resources
    after = before.model_copy(update=changes)
    if (after.gpus > 0) != (before.gpus > 0):
        where = "must stay above 0" if before.gpus else "must stay 0"
        raise UserError(
            f"{sweep.name}: resources.gpus_per_trial: {where}, since the other device gives other numbers, but got "
            f"{after.gpus:g}"
        )
    return sweep.model_copy(update={"resources": after})


def _check_arm(sweep: SweepFile, arm: str) -> None:
    methods = (RTS, *get_args(Name))
    if sweep.space.training is None or not sweep.search.tune_baselines:
        lacks = "space.training" if sweep.space.training is None else "search.tune_baselines"
        raise UserError(
            f"{sweep.name}: arm: needs a sweep whose baselines are tuned, and this one has no {lacks}; launch a "
            "new sweep with it, or name no arm"
        )
    if arm not in methods:
        raise UserError(f"{sweep.name}: arm: must be one of {', '.join(methods)}, but got {arm!r}")
