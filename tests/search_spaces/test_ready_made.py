"""The ready-made spaces: every point of theirs is a legal trial."""

import json
import random
import subprocess
import sys
from typing import Any

import pytest

from search_spaces.domains import Domain
from search_spaces.ready_made import READY_MADE, extended, ready_made
from search_spaces.space import Space
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.section import ConfigError


def draw_at_random(space: Space, generator: random.Random) -> dict[str, dict[str, Any]]:
    def choose(_name: str, domain: Domain) -> Any:
        values = domain.values()
        return generator.uniform(domain.lowest, domain.highest) if values is None else generator.choice(values)

    return space.draw(choose)


@pytest.mark.parametrize("epochs", [1, 2, 12, 200])
@pytest.mark.parametrize("name", READY_MADE)
def test_every_draw_from_a_ready_made_space_is_a_legal_trial(name: str, epochs: int) -> None:
    space, generator = ready_made(name, epochs), random.Random(0)
    fixed = {"dataset": {"name": "digits"}, "model": {"name": "small"}}
    training = {"epochs": epochs, "batch_size": 32, "lr": 0.1}
    for _ in range(500):
        config = TrialConfig.from_dict({**fixed, "training": training, **draw_at_random(space, generator)})
        assert config.timing.switch_epoch is not None
        assert config.timing.switch_epoch <= epochs


def test_ready_made_spaces_start_pugd_at_quarters_of_training() -> None:
    assert ready_made("rts", 12).branch_epochs() == {0, 3, 6, 9}
    assert ready_made("rts", 1).branch_epochs() == {0}
    assert ready_made("radius", 12).branch_epochs() == {0}


def test_an_unknown_ready_made_space_is_refused() -> None:
    with pytest.raises(ValueError, match=r"radius, timing, scale, rts \(did you mean rts\?\), but got 'rt'"):
        ready_made("rt", 12)


def test_a_space_that_starts_from_a_ready_made_one_has_its_parts_and_those_that_are_given() -> None:
    timing, lr = {"rule": "epoch", "switch_epoch": [0, 6]}, {"lr": {"loguniform": [0.01, 1.0]}}
    space = Space.model_validate(extended({"ready": "rts", "timing": timing, "training": lr}, 12))
    made = ready_made("rts", 12)
    assert (space.radius, space.scale) == (made.radius, made.scale)
    assert space == Space.model_validate({**made.model_dump(exclude_none=True), "timing": timing, "training": lr})
    assert extended({"ready": None, "timing": timing}, 12) == {"timing": timing}


@pytest.mark.parametrize("name", ["rt", "", 3, ["rts"]])
def test_a_space_that_starts_from_an_unknown_one_is_refused(name: Any) -> None:
    with pytest.raises(ConfigError, match=r"ready: must be one of radius, timing, scale, rts"):
        extended({"ready": name}, 12)


@pytest.mark.parametrize("name", READY_MADE)
def test_a_space_is_written_as_it_is_read(name: str) -> None:
    space = ready_made(name, 12)
    assert Space.model_validate(json.loads(space.model_dump_json(exclude_none=True))) == space


def test_search_spaces_load_neither_torch_nor_ray_nor_optuna() -> None:
    program = (
        "import sys, search_spaces.ready_made; search_spaces.ready_made.ready_made('rts', 4);"
        "print([name for name in ('torch', 'torchvision', 'ray', 'optuna', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
