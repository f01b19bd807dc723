"""A space in which one drawn name decides which other settings exist."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, model_validator

from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform
from search_spaces.hints import did_you_mean
from trainables.core.settings.section import Section, one_of, require

Choose: TypeAlias = Callable[[str, Domain], Any]
"""Draws a value: (dotted name of the setting, its domain) -> one value of the domain."""


class ConditionalSpace(BaseModel):
    """Domains of one section of a trial's settings; no illegal section can be drawn from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    selector: ClassVar[str]
    """Name of the setting that decides."""
    parameters: ClassVar[Mapping[str, tuple[str, ...]]]
    """For every value of the selector the settings that exist with it, in the order in which they are drawn."""
    section: ClassVar[type[Section]]
    """What is drawn."""

    @model_validator(mode="after")
    def _refuse_illegal_points(self) -> Self:
        for kind in self.kinds:
            rule = one_of(self.parameters) + did_you_mean(kind, self.parameters)
            require(kind in self.parameters, self.selector, rule, kind)
        used = {name for kind in self.kinds for name in self.parameters[kind]}
        for name in type(self).model_fields:
            domain = self.domain(name)
            unused = domain is not None and name != self.selector and name not in used
            rule = f"is not used by {' or '.join(self.kinds)}: leave it out"
            require(not unused, name, rule, domain and domain.plain())
        # Every rule of a section is a bound on a setting or an order between two, so that the corners decide.
        for kind in self.kinds:
            for corner in self._corners(kind):
                self.section.from_dict(corner)
        return self

    @property
    def kinds(self) -> tuple[Any, ...]:
        """The values that the selector can take."""
        domain = self.domain(self.selector)
        assert isinstance(domain, Fixed | Choice)
        return domain.values()

    def domain(self, name: str) -> Domain | None:
        """The domain of a setting; None when it is left out."""
        domain: Domain | None = getattr(self, name)
        return domain

    def domains(self, kind: str) -> dict[str, Domain]:
        """The domains of the settings that exist with one value of the selector, in the order of drawing."""
        named = ((name, self.domain(name)) for name in self.parameters[kind])
        return {name: domain for name, domain in named if domain is not None}

    def draw(self, choose: Choose, place: str) -> dict[str, Any]:
        """Draw one section; `choose` is asked for what is not fixed, by the name `place`.NAME."""

        def pick(name: str, domain: Domain | None) -> Any:
            assert domain is not None
            return domain.value if isinstance(domain, Fixed) else choose(f"{place}.{name}", domain)

        kind = pick(self.selector, self.domain(self.selector))
        return {self.selector: kind} | {name: pick(name, domain) for name, domain in self.domains(kind).items()}

    def size(self) -> int | None:
        """How many sections can be drawn; None when they cannot be counted."""
        if any(True for _ in self.uncountable()):
            return None
        return sum(math.prod(domain.size or 1 for domain in self.domains(kind).values()) for kind in self.kinds)

    def uncountable(self) -> Iterator[tuple[str, Uniform | LogUniform]]:
        """Every setting that has more values than can be listed."""
        for kind in self.kinds:
            for name, domain in self.domains(kind).items():
                if not isinstance(domain, Fixed | Choice | Integer):
                    yield name, domain

    def _corners(self, kind: str) -> Iterator[dict[str, Any]]:
        domains = self.domains(kind)
        for values in itertools.product(*(domain.extremes for domain in domains.values())):
            yield {self.selector: kind, **dict(zip(domains, values, strict=True))}
