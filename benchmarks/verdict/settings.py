"""The settings of the measurement: which sweeps are drawn, and with which looks and rules they are confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.verdict.noise import collapsing, diverging, heavy_tailed, left_skewed
from benchmarks.verdict.sweeps import World

LOOKS = ((5, 8), (3, 5, 8), (5, 8, 12, 16, 20))
UNPLANNED, PLANNED, BEFORE = "unplanned", "planned", "before"
RULES = (BEFORE, UNPLANNED, PLANNED)


@dataclass(frozen=True)
class Setting:
    """One distribution of sweeps, one size of the confirmation, and the looks and rules to apply to the same sweeps."""

    part: str
    world: World = field(default_factory=World)
    baselines: int = 3
    top_k: int = 3
    looks: Sequence[tuple[int, ...]] = ((5, 8),)
    rules: Sequence[str] = RULES
    one_later: bool = False
    """Whether top_k becomes 1 at the second look."""


def settings() -> list[Setting]:
    """Return all settings."""
    return [*_null(), *_partly_null(), *_power(), *_shapes(), *_seeds_of_the_screening()]


def _null() -> list[Setting]:
    sizes = [(baselines, top_k) for baselines in (1, 3, 6) for top_k in (1, 3, 5)]
    fixed = [Setting("no gain", World(), *size, LOOKS) for size in sizes]
    changed = [
        Setting("no gain, top_k 3 and then 1", World(), baselines, 3, LOOKS, one_later=True) for baselines in (1, 3, 6)
    ]
    return [*fixed, *changed]


def _partly_null() -> list[Setting]:
    return [
        Setting("no gain, but two baselines 3 sd behind", World(weak=2), looks=(LOOKS[-1],)),
        Setting("one trial of 20 gains 1 sd", World(one_better=1.0)),
        Setting("one trial of 20 gains 2 sd", World(one_better=2.0)),
    ]


def _power() -> list[Setting]:
    return [
        Setting("every trial gains 2 sd", World(gain=2.0)),
        Setting("every trial gains 1 sd", World(gain=1.0), looks=((8, 12),)),
        *(
            Setting(f"every trial gains 2 sd, {images} test images", World(gain=2.0, images=images), top_k=1)
            for images in (300, 1_000)
        ),
    ]


def _shapes() -> list[Setting]:
    worlds = {
        "contender left-skewed": World(left_skewed),
        "both left-skewed": World(left_skewed, left_skewed),
        "contender heavy-tailed": World(heavy_tailed),
        "both heavy-tailed": World(heavy_tailed, heavy_tailed),
        "contender collapses": World(collapsing),
        "both collapse": World(collapsing, collapsing),
        "contender diverges, 1 run in 20": World(diverging(0.05), ranks=-1.0),
        "contender diverges, 1 run in 5": World(diverging(0.2), ranks=-1.0),
        "baselines diverge, 1 run in 5": World(baseline=diverging(0.2), ranks=1.0),
        "both diverge, 1 run in 5": World(diverging(0.2), diverging(0.2)),
        **{f"{images} test images": World(images=images) for images in (100, 300, 1_000, 10_000)},
    }
    looks = ((5, 8, 12), (8,), (12,))
    alone = [Setting(name, world, many, 1, looks) for name, world in worlds.items() for many in (1, 3)]
    screened = Setting("both diverge, 1 run in 5", worlds["both diverge, 1 run in 5"], looks=((5, 8, 12),))
    return [*alone, screened]


def _seeds_of_the_screening() -> list[Setting]:
    return [
        Setting(
            f"measured on {'seeds of their own' if own else 'seeds that screened'}, correlation {correlation}",
            World(correlation=correlation, own_seeds=own),
        )
        for own in (True, False)
        for correlation in (0.5, 0.7, 0.9)
    ]
