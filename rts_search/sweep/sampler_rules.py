"""What a sampler needs of the rest of a sweep file."""

from rts_search.sweep.sections import SchedulerConfig, SearchConfig
from search_spaces.domains import Choice, Fixed
from search_spaces.space import Space
from trainables.core.settings.section import require

LEARNING = ("tpe", "gp", "cmaes", "nsga2")
"""Samplers whose draws depend on what was told."""


def check_search(name: str, search: SearchConfig, scheduler: SchedulerConfig, space: Space) -> None:
    """Refuse what a sampler cannot do; `name` is the sweep's. Raises: ConfigError."""
    sampler, earlier = search.sampler, search.warm_start
    unused = f"is not used by {sampler}, which does not learn from trials: leave it out"
    require(earlier is None or sampler in LEARNING, "search.warm_start", unused, earlier)
    require(earlier != name, "search.warm_start", "must be another sweep than this one", earlier)
    rule = "must be none with search.sampler nsga2, since a trial that is stopped early has only one of its objectives"
    require(sampler != "nsga2" or scheduler.name == "none", "scheduler.name", rule, scheduler.name)
    rule = "must have a range, such as {uniform: [0.5, 2.0]}, somewhere in `space`, or be tpe or gp, which know choices"
    require(sampler != "cmaes" or _has_a_range(space), "search.sampler", rule, sampler)


def _has_a_range(space: Space) -> bool:
    parts = (space.radius, space.scale, space.timing)
    domains = [domain for part in parts for kind in part.kinds for domain in part.domains(kind).values()]
    return any(not isinstance(domain, Fixed | Choice) for domain in domains)
