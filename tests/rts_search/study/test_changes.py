"""A launched sweep gets more trials or other resources as another sweep file, or is refused in one line."""

import pytest

from rts_search.basics.errors import UserError
from rts_search.study.changes import allotted, extended
from rts_search.sweep.sections import ResourcesConfig
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import load_sweep

TUNED = [
    "training={epochs: 4, batch_size: 32}",
    "space={training: {lr: {loguniform: [0.01, 1]}}, timing: {switch_epoch: [1, 2]}}",
    "search={trials: 3}",
    "baselines=[sgd, pugd]",
]


@pytest.fixture(scope="module")
def tuned() -> SweepFile:
    return load_sweep("digits", TUNED)


def test_every_arm_or_one_of_them_gets_more_trials(tuned: SweepFile) -> None:
    assert extended(tuned, 5, None).efforts == {"rts": 5, "sgd": 5, "pugd": 5}
    assert extended(tuned, 5, "pugd").efforts == {"rts": 3, "sgd": 3, "pugd": 5}
    assert extended(tuned, 2, "sam").efforts == {"rts": 3, "sgd": 3, "pugd": 3, "sam": 2}, "a baseline becomes an arm"


@pytest.mark.parametrize(
    ("overrides", "trials", "arm", "line"),
    [
        (TUNED, 2, None, "digits: trials: must be >= 3, but got 2"),
        (TUNED, 2, "sgd", "digits: trials: must be >= 3 for sgd, but got 2"),
        (TUNED, 9, "adam", "digits: arm: must be one of rts, sgd, "),
        ([], 99, "sgd", "digits: arm: needs a sweep whose baselines are tuned, and this one has no space.training; "),
    ],
)
def test_what_cannot_be_extended_is_refused(overrides: list[str], trials: int, arm: str | None, line: str) -> None:
    with pytest.raises(UserError) as refused:
        extended(load_sweep("digits", overrides), trials, arm)
    assert str(refused.value).startswith(line)


def test_other_resources_leave_the_rest_as_it_was(tuned: SweepFile) -> None:
    tuned = allotted(tuned, ResourcesConfig(cpus_per_trial=1, gpus_per_trial=0))
    after = allotted(tuned, ResourcesConfig(cpus_per_trial=2))
    assert (after.resources.cpus, after.resources.gpus) == (2, 0)
    assert after.model_copy(update={"resources": tuned.resources}) == tuned


@pytest.mark.parametrize(
    ("resources", "line"),
    [
        (ResourcesConfig(cpus_per_trial="auto"), "digits: resources.cpus_per_trial: must be a number in a launched"),
        (ResourcesConfig(gpus_per_trial=1), "digits: resources.gpus_per_trial: must stay 0, since the other device"),
    ],
)
def test_another_device_is_refused(tuned: SweepFile, resources: ResourcesConfig, line: str) -> None:
    with pytest.raises(UserError) as refused:
        allotted(tuned, resources)
    assert str(refused.value).startswith(line)
