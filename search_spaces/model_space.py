"""The space of the model: domains for its options and for the numbers of its blueprint separable convolutions."""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from search_spaces.domain_forms import written
from search_spaces.domains import Domain
from search_spaces.part import Choose, Part, value_of
from trainables.core.settings.config import BsconvConfig
from trainables.core.settings.section import ConfigError, require

Option = Annotated[Domain, *written("any")]
KIND = "s"
"""The kind of blueprint separable convolutions that has numbers."""


class BsconvSpace(Part):
    """The numbers of `model.bsconv` of kind s to try. A number that is left out stays as the sweep has it."""

    p: Annotated[Domain, *written("number")] | None = None
    """Where layers are replaced: the share of the input channels that the subspace has, in (0, 1]. A baseline has the
    largest value."""
    alpha: Annotated[Domain, *written("number")] | None = None
    """The weight of the regularisation term in the loss, >= 0. A baseline has the default."""

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        require(bool(self.given()), "", "must name p or alpha, or be left out", {})
        for name, domain in self.given().items():
            for value in domain.extremes:
                BsconvConfig.from_dict({"kind": KIND, name: value})
        return self

    def given(self) -> dict[str, Domain]:
        """The numbers that are drawn, each with its domain."""
        named = {"p": self.p, "alpha": self.alpha}
        return {name: domain for name, domain in named.items() if domain is not None}

    def draw(self, choose: Choose, place: str) -> dict[str, Any]:
        """Draw the numbers."""
        return {name: value_of(domain, choose, f"{place}.{name}") for name, domain in self.given().items()}

    def searched(self) -> Iterator[tuple[str, Domain]]:
        """Yield the name and the domain of every number."""
        yield from self.given().items()

    def size(self) -> int | None:
        """Number of different pairs of numbers; None when a domain is continuous."""
        sizes = [domain.size for domain in self.given().values()]
        return None if None in sizes else math.prod(size or 1 for size in sizes)

    def corners(self) -> Iterator[dict[str, Any]]:
        """Yield every combination of extreme values."""
        given = self.given()
        for values in itertools.product(*(domain.extremes for domain in given.values())):
            yield dict(zip(given, values, strict=True))

    def merged(self, own: Any, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of `model.bsconv`, a kind or a mapping, with the numbers that were drawn."""
        return {**as_section(own), **drawn}

    def without_given(self, own: Any) -> Any:
        """The settings of `model.bsconv`, a kind or a mapping, without the numbers that the space gives."""
        return {name: value for name, value in as_section(own).items() if name not in self.given()}


class ModelSpace(Part):
    """The models to try: a domain for each keyword argument of the function that builds the model, and for the numbers
    of `model.bsconv`."""

    options: Annotated[dict[str, Option], Field(min_length=1)] | None = None
    """Keyword argument, such as width for small -> its domain: a value, a list of values, {uniform: [low, high]},
    {loguniform: [low, high]} or {integer: [low, high]}. It must not be given in `model.options`, too. A baseline has
    the largest value."""
    bsconv: BsconvSpace | None = None
    """The numbers of `model.bsconv`, which must be s. They must not be given there, too."""

    @model_validator(mode="after")
    def _refuse_an_empty_space(self) -> Self:
        given = self.options is not None or self.bsconv is not None
        require(given, "", "must name at least one setting, or be left out", {})
        return self

    def draw(self, choose: Choose, place: str) -> dict[str, Any]:
        """Draw the options, in the order in which the sweep file has them, then the numbers of bsconv."""
        drawn: dict[str, Any] = {}
        if self.options is not None:
            named = self.options.items()
            drawn["options"] = {name: value_of(domain, choose, f"{place}.options.{name}") for name, domain in named}
        if self.bsconv is not None:
            drawn["bsconv"] = self.bsconv.draw(choose, f"{place}.bsconv")
        return drawn

    def searched(self) -> Iterator[tuple[str, Domain]]:
        """Yield the dotted name and the domain of everything that is drawn."""
        yield from ((f"options.{name}", domain) for name, domain in (self.options or {}).items())
        if self.bsconv is not None:
            yield from ((f"bsconv.{name}", domain) for name, domain in self.bsconv.searched())

    def size(self) -> int | None:
        """Number of different models; None when a domain is continuous."""
        sizes = [domain.size for _, domain in self.searched()]
        return None if None in sizes else math.prod(size or 1 for size in sizes)

    def corners(self) -> Iterator[dict[str, Any]]:
        """Yield each extreme value of each option, the other options at their first extreme; so of bsconv."""
        options, numbers = list(self._corners_of_options()), list(self.bsconv.corners()) if self.bsconv else []
        if not numbers:
            yield from ({"options": one} for one in options)
        elif not options:
            yield from ({"bsconv": one} for one in numbers)
        else:
            yield from ({"options": one, "bsconv": numbers[0]} for one in options)
            yield from ({"options": options[-1], "bsconv": one} for one in numbers[1:])

    def _corners_of_options(self) -> Iterator[dict[str, Any]]:
        if self.options is None:
            return
        first = {name: domain.extremes[0] for name, domain in self.options.items()}
        yield first
        for name, domain in self.options.items():
            yield from ({**first, name: value} for value in domain.extremes[1:])

    def merged(self, values: Mapping[str, Any], drawn: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a model as plain values, with what was drawn added to its own."""
        found = dict(values)
        if self.options is not None:
            found["options"] = {**values["options"], **drawn["options"]}
        if self.bsconv is not None:
            found["bsconv"] = self.bsconv.merged(values.get("bsconv"), drawn["bsconv"])
        return found

    def without_given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a model as plain values, without those that the space gives."""
        found = dict(values)
        if self.options is not None:
            found["options"] = {name: it for name, it in values["options"].items() if name not in self.options}
        if self.bsconv is not None:
            found["bsconv"] = self.bsconv.without_given(values.get("bsconv"))
        return found


def as_section(own: Any) -> dict[str, Any]:
    """The settings of `model.bsconv` as a mapping.

    Raises:
        ConfigError: at `bsconv`, when they are not of the kind that has numbers.
    """
    section = dict(own) if isinstance(own, Mapping) else {"kind": own}
    if section.get("kind") != KIND:
        rule = f"needs model.bsconv {KIND}, which alone has numbers"
        raise ConfigError("bsconv", rule, own)
    return section
