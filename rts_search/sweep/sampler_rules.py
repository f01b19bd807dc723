"""Checks that a sampler fits the rest of the sweep file."""

from rts_search.sweep.sections import SchedulerConfig, SearchConfig
from search_spaces.domains import Choice, Fixed
from search_spaces.space import Space
from trainables.core.settings.section import require


def check_search(name: str, search: SearchConfig, scheduler: SchedulerConfig, space: Space) -> None:
    """Refuse settings that the sampler cannot use.

    Args:
        name: name of the sweep.
        search: its section `search`.
        scheduler: its section `scheduler`.
        space: its search space.

    Raises:
        ConfigError: with place, rule and value.
    """
    sampler, earlier = search.sampler, search.warm_start
    unused = f"is not used by {sampler}, which does not learn from trials: leave it out"
    require(earlier is None or search.learns, "search.warm_start", unused, earlier)
    require(earlier != name, "search.warm_start", "must be another sweep than this one", earlier)
    rule = (
        "must be none with search.sampler nsga2, since a trial that is stopped early has only one of its two objectives"
    )
    require(sampler != "nsga2" or scheduler.name == "none", "scheduler.name", rule, scheduler.name)
    rule = "needs a range such as {uniform: [0.5, 2.0]} in `space`; take tpe or gp for choices alone"
    require(sampler != "cmaes" or _has_a_range(space), "search.sampler", rule, sampler)


def _has_a_range(space: Space) -> bool:
    return any(not isinstance(domain, Fixed | Choice) for domain in space.searched().values())
