"""The base class of spaces in which the value of one setting decides which other settings are drawn."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, model_validator

from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform
from search_spaces.hints import did_you_mean
from trainables.core.settings.section import Section, one_of, require

Choose: TypeAlias = Callable[[str, Domain], Any]
"""A function that draws a value: (dotted name of the setting, its domain) -> one value of the domain."""


class ConditionalSpace(BaseModel):
    """Domains for the settings of one section of a trial. A space that could draw an illegal section is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    selector: ClassVar[str]
    """Name of the setting that decides which others are drawn."""
    parameters: ClassVar[Mapping[str, tuple[str, ...]]]
    """Value of the selector -> the settings that are drawn with it, in this order."""
    section: ClassVar[type[Section]]
    """The class of the section that is drawn."""

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
        # Each rule of a section bounds one setting or orders two. So all points are legal if the corners are.
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
        """The domain of a setting; None when the sweep file leaves it out."""
        domain: Domain | None = getattr(self, name)
        return domain

    def domains(self, kind: str) -> dict[str, Domain]:
        """Setting -> domain for the settings that are drawn with this value of the selector, in this order."""
        named = ((name, self.domain(name)) for name in self.parameters[kind])
        return {name: domain for name, domain in named if domain is not None}

    def draw(self, choose: Choose, place: str) -> dict[str, Any]:
        """Draw one section as a mapping. `choose` is called for each setting that is not fixed, named `place`.NAME."""

        def pick(name: str, domain: Domain | None) -> Any:
            assert domain is not None
            return domain.value if isinstance(domain, Fixed) else choose(f"{place}.{name}", domain)

        kind = pick(self.selector, self.domain(self.selector))
        return {self.selector: kind} | {name: pick(name, domain) for name, domain in self.domains(kind).items()}

    def size(self) -> int | None:
        """Number of different sections that can be drawn; None when a domain is continuous."""
        if any(True for _ in self.uncountable()):
            return None
        return sum(math.prod(domain.size or 1 for domain in self.domains(kind).values()) for kind in self.kinds)

    def uncountable(self) -> Iterator[tuple[str, Uniform | LogUniform]]:
        """Yield the settings with a continuous domain."""
        for kind in self.kinds:
            for name, domain in self.domains(kind).items():
                if not isinstance(domain, Fixed | Choice | Integer):
                    yield name, domain

    def _corners(self, kind: str) -> Iterator[dict[str, Any]]:
        domains = self.domains(kind)
        for values in itertools.product(*(domain.extremes for domain in domains.values())):
            yield {self.selector: kind, **dict(zip(domains, values, strict=True))}
