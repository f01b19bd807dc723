import pytest

from rts_search.analysis.confirmation.pairs import Contender
from rts_search.analysis.confirmation.rivals import at_cost
from rts_search.sweep.arms import arms_of
from rts_search.sweep.sweep_file import load_sweep


def rival(arm: str, switch_epoch: int) -> Contender:
    """A trial of an arm of the ablation, whose epochs have one step: an SGD epoch costs 1, a PUGD epoch 2."""
    own = next(one for one in arms_of(load_sweep("rts_ablation")) if one.name == arm)
    point = own.space.draw(lambda _, domain: domain.extremes[0])
    point["timing"]["switch_epoch"] = switch_epoch
    config = own.config(point)
    return Contender(0, config, 2 * config.training.epochs - switch_epoch, "", arm)


@pytest.mark.parametrize(
    ("arm", "switch", "cost", "epochs", "moved"),
    [
        ("pugd", 0, 48, 24, 0),
        ("sgd", 24, 48, 48, 48),
        ("t", 6, 36, 24, 12),
        ("t", 3, 7, 4, 1),
        ("rt", 9, 15, 12, 9),
    ],
)
def test_a_rival_at_another_cost_keeps_the_share_of_its_switch(
    arm: str, switch: int, cost: int, epochs: int, moved: int
) -> None:
    config = at_cost(rival(arm, switch), cost)
    assert (config.training.epochs, config.timing.switch_epoch) == (epochs, moved)
    assert 2 * epochs - moved >= cost, "a rival never gets less than its contender"
