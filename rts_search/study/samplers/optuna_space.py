"""Translates the space of a sweep into Optuna's distributions."""

from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform
from search_spaces.space import Space


def distribution_of(domain: Domain) -> BaseDistribution:
    """Optuna's distribution of a domain that is not fixed."""
    if isinstance(domain, Choice):
        return CategoricalDistribution(domain.options)
    if isinstance(domain, Integer):
        return IntDistribution(domain.low, domain.high, step=domain.step)
    assert isinstance(domain, Uniform | LogUniform)
    return FloatDistribution(domain.low, domain.high, log=isinstance(domain, LogUniform))


def whole_space(space: Space) -> dict[str, BaseDistribution]:
    """Dotted name -> distribution of every parameter that any trial draws, in the order of the draws."""
    named = space.searched().items()
    return {name: distribution_of(domain) for name, domain in named if not isinstance(domain, Fixed)}


def numbers_of(space: Mapping[str, BaseDistribution]) -> dict[str, BaseDistribution]:
    """The parameters that are numbers and have more than one value."""
    named = space.items()
    return {name: found for name, found in named if not found.single() and isinstance(found, _NUMBERS)}


def several_of(space: Mapping[str, BaseDistribution]) -> dict[str, BaseDistribution]:
    """The parameters that have more than one value."""
    return {name: found for name, found in space.items() if not found.single()}


def middle(distribution: BaseDistribution) -> Any:
    """The middle of a range, the geometric middle of a logarithmic range, or the first value of a choice."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    if isinstance(distribution, IntDistribution):
        steps = (distribution.high - distribution.low) // distribution.step
        return distribution.low + steps // 2 * distribution.step
    assert isinstance(distribution, FloatDistribution)
    if distribution.log:
        return float((distribution.low * distribution.high) ** 0.5)
    return (distribution.low + distribution.high) / 2


_NUMBERS = (FloatDistribution, IntDistribution)
