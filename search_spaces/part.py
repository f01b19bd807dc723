"""The base class of the parts of a space: each draws one section of a trial's settings."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict

from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform

Choose: TypeAlias = Callable[[str, Domain], Any]
"""A function that draws a value: (dotted name of the setting, its domain) -> one value of the domain."""


class Part(BaseModel):
    """Domains for the settings of one section of a trial."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @abstractmethod
    def draw(self, choose: Choose, place: str) -> dict[str, Any]:
        """Draw one section as a mapping. `choose` is called for each setting that is not fixed, named `place`.NAME."""

    @abstractmethod
    def searched(self) -> Iterator[tuple[str, Domain]]:
        """Yield dotted name and domain of every setting that any draw may have, fixed ones too, in the order of the
        draws."""

    @abstractmethod
    def size(self) -> int | None:
        """Number of different sections that can be drawn; None when a domain is continuous."""

    @abstractmethod
    def corners(self) -> Iterator[dict[str, Any]]:
        """Yield sections as mappings, of smallest and largest values. If all of them are legal, every draw is."""

    def uncountable(self) -> Iterator[tuple[str, Uniform | LogUniform]]:
        """Yield the settings with a continuous domain."""
        for name, domain in self.searched():
            if not isinstance(domain, Fixed | Choice | Integer):
                yield name, domain


def value_of(domain: Domain, choose: Choose, name: str) -> Any:
    """The value of a fixed domain, or the one that `choose` draws for the setting of this dotted name."""
    return domain.value if isinstance(domain, Fixed) else choose(name, domain)
