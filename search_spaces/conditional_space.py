"""The base class of spaces in which the value of one setting decides which other settings are drawn."""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import model_validator

from search_spaces.domains import Choice, Domain, Fixed
from search_spaces.hints import did_you_mean
from search_spaces.part import Choose, Part, value_of
from trainables.core.settings.section import Section, one_of, require


class ConditionalSpace(Part):
    """Domains for the settings of one section of a trial. A space that could draw an illegal section is refused."""

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
        for corner in self.corners():
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
            return value_of(domain, choose, f"{place}.{name}")

        kind = pick(self.selector, self.domain(self.selector))
        return {self.selector: kind} | {name: pick(name, domain) for name, domain in self.domains(kind).items()}

    def searched(self) -> Iterator[tuple[str, Domain]]:
        """Yield the selector, then the settings of each of its values; a setting of several values comes once."""
        named = {self.selector: self.domain(self.selector)}
        for kind in self.kinds:
            named |= self.domains(kind)
        yield from ((name, domain) for name, domain in named.items() if domain is not None)

    def size(self) -> int | None:
        """Number of different sections that can be drawn; None when a domain is continuous."""
        if any(True for _ in self.uncountable()):
            return None
        return sum(math.prod(domain.size or 1 for domain in self.domains(kind).values()) for kind in self.kinds)

    def corners(self) -> Iterator[dict[str, Any]]:
        """Yield the sections of smallest and largest values, for each value of the selector."""
        for kind in self.kinds:
            domains = self.domains(kind)
            for values in itertools.product(*(domain.extremes for domain in domains.values())):
                yield {self.selector: kind, **dict(zip(domains, values, strict=True))}
