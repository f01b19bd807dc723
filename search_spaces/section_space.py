"""The base class of spaces that have a domain for each of the settings of a section."""

import itertools
import math
import types
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import model_validator

from search_spaces.domains import Domain
from search_spaces.part import Choose, Part, value_of
from trainables.core.settings.section import Section, require


class SectionSpace(Part):
    """A domain for some of the settings of a section. Settings that are left out stay as the sweep has them."""

    section: ClassVar[type[Section]]
    """The class of the section that is drawn."""
    inner_spaces: ClassVar[Mapping[str, type[Part]]] = types.MappingProxyType({})
    """Setting that is a section -> the class of its space."""

    @classmethod
    def section_of(cls, name: str) -> type["SectionSpace"] | None:
        """The space of a section whose settings are drawn one by one; None for any other setting."""
        inner = cls.inner_spaces.get(name)
        return inner if inner is not None and issubclass(inner, SectionSpace) else None

    @model_validator(mode="after")
    def _refuse_an_empty_space(self) -> Self:
        require(any(True for _ in self.given()), "", "must name at least one setting, or be left out", {})
        return self

    def given(self) -> Iterator[tuple[str, "Domain | Part"]]:
        """Yield the settings that the space gives, each with its domain or with the space of the section that it is."""
        for name in type(self).model_fields:
            inner = getattr(self, name)
            if inner is not None:
                yield name, inner

    def draws(self, name: str) -> bool:
        """Whether the space gives this setting."""
        return getattr(self, name, None) is not None

    def draw(self, choose: Choose, place: str) -> dict[str, Any]:
        """Draw the settings that the space gives, in the order of the section's fields."""
        drawn: dict[str, Any] = {}
        for name, inner in self.given():
            within = f"{place}.{name}"
            drawn[name] = inner.draw(choose, within) if isinstance(inner, Part) else value_of(inner, choose, within)
        return drawn

    def searched(self) -> Iterator[tuple[str, Domain]]:
        """Yield dotted name and domain of every setting that the space gives."""
        for name, inner in self.given():
            if isinstance(inner, Part):
                yield from ((f"{name}.{setting}", domain) for setting, domain in inner.searched())
            else:
                yield name, inner

    def size(self) -> int | None:
        """Number of different sections that can be drawn; None when a domain is continuous."""
        sizes = [inner.size() if isinstance(inner, Part) else inner.size for _, inner in self.given()]
        return None if None in sizes else math.prod(size or 1 for size in sizes)

    def corners(self) -> Iterator[dict[str, Any]]:
        """Yield every pair of extreme values of two settings, all others at their first extreme.

        A rule of a section bounds one setting or compares two, so pairs are enough.
        """
        ends = {
            name: list(inner.corners()) if isinstance(inner, Part) else list(inner.extremes)
            for name, inner in self.given()
        }
        first = {name: values[0] for name, values in ends.items()}
        if len(ends) == 1:
            yield from ({name: value} for name, values in ends.items() for value in values)
        for one, other in itertools.combinations(ends, 2):
            for pair in itertools.product(ends[one], ends[other]):
                yield {**first, **dict(zip((one, other), pair, strict=True))}

    def merged(self, values: Mapping[str, Any], drawn: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of the section as plain values, with those that were drawn in the place of its own.

        A section whose kind is drawn is replaced as a whole.
        """
        found = dict(values)
        for name, value in drawn.items():
            inner = getattr(self, name)
            own = values.get(name)
            known = own if isinstance(own, Mapping) else {}
            found[name] = inner.merged(known, value) if isinstance(inner, SectionSpace) else value
        return found

    def without_given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of the section as plain values, without those that the space gives."""
        found = dict(values)
        for name, inner in self.given():
            if isinstance(inner, SectionSpace) and isinstance(values.get(name), Mapping):
                found[name] = inner.without_given(values[name])
            else:
                found.pop(name, None)
        return found
