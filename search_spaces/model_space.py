"""The space of the model: domains for keyword arguments of the function that builds it."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from search_spaces.domain_forms import written
from search_spaces.domains import Domain
from search_spaces.part import Choose, Part, value_of

Option = Annotated[Domain, *written("any")]


class ModelSpace(Part):
    """The models to try: a domain for each keyword argument of the function that builds the model."""

    options: Annotated[dict[str, Option], Field(min_length=1)]
    """Keyword argument, such as width for small -> its domain: a value, a list of values, {uniform: [low, high]},
    {loguniform: [low, high]} or {integer: [low, high]}. It must not be given in `model.options`, too. A baseline has
    the largest value."""

    def draw(self, choose: Choose, place: str) -> dict[str, Any]:
        """Draw the options, in the order in which the sweep file has them."""
        named = self.options.items()
        return {"options": {name: value_of(domain, choose, f"{place}.options.{name}") for name, domain in named}}

    def searched(self) -> Iterator[tuple[str, Domain]]:
        """Yield the dotted name and the domain of every option."""
        yield from ((f"options.{name}", domain) for name, domain in self.options.items())

    def size(self) -> int | None:
        """Number of different sets of options; None when a domain is continuous."""
        sizes = [domain.size for domain in self.options.values()]
        return None if None in sizes else math.prod(size or 1 for size in sizes)

    def corners(self) -> Iterator[dict[str, Any]]:
        """Yield each extreme value of each option, the other options at their first extreme."""
        first = {name: domain.extremes[0] for name, domain in self.options.items()}
        yield {"options": first}
        for name, domain in self.options.items():
            yield from ({"options": {**first, name: value}} for value in domain.extremes[1:])

    def merged(self, values: Mapping[str, Any], drawn: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a model as plain values, with the options that were drawn added to its own."""
        return {**values, "options": {**values["options"], **drawn["options"]}}

    def without_given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a model as plain values, without the options that the space gives."""
        return {**values, "options": {name: it for name, it in values["options"].items() if name not in self.options}}
