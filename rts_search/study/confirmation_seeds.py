"""The seeds of a confirmation: those on which contenders are screened, and those on which they are measured."""

from collections.abc import Mapping, Set
from itertools import count

from rts_search.study.planned_runs import PlannedRuns

FIRST_SEED = {"screening": 1_000_000, "measuring": 2_000_000}
"""A seed that has screened must never measure, so each purpose has its own range."""

Seeds = Mapping[str, list[int]]
"""Purpose (`screening` or `measuring`) -> its seeds, in the order in which they are used."""


def with_more(kept: Seeds, purpose: str, number: int, avoid: Set[int]) -> Seeds:
    """The kept seeds, with new ones of a purpose until there are `number`; a new one is not in `avoid`."""
    own, used = kept[purpose], {*avoid, *(seed for seeds in kept.values() for seed in seeds)}
    ahead = (seed for seed in count(FIRST_SEED[purpose]) if seed not in used)
    return {**kept, purpose: [*own, *(next(ahead) for _ in range(number - len(own)))]}


def of_earlier_version(runs: PlannedRuns) -> Seeds:
    """The seeds of a confirmation that was begun by a version that did not keep them.

    That version measured on the seeds after the screening seeds or, with a single contender, on the same seeds. Both
    lists are empty where a seed may have served both purposes.
    """
    screening, measuring = set[int](), set[int]()
    contenders = {label for label in runs.labels if label.isdigit()}
    for label, config in zip(runs.labels, runs.configs, strict=True):
        (screening if label.isdigit() else measuring).add(config["training"]["seed"])
    screening -= measuring
    apart = not screening or not measuring or max(screening) < min(measuring)
    if not apart or (not screening and len(contenders) > 1):
        return {"screening": [], "measuring": []}
    return {"screening": sorted(screening), "measuring": sorted(measuring)}
