"""Makes the class of a space from a section of a trial's settings: a domain for each setting, of the setting's kind."""

import dataclasses
import types
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import BeforeValidator, Field, TypeAdapter, create_model

from search_spaces.conditional_space import ConditionalSpace
from search_spaces.domain_forms import Kind, parse_domain, written
from search_spaces.domains import Domain
from search_spaces.part import Part
from search_spaces.section_space import SectionSpace
from trainables.core.settings.section import Section

KINDS: Mapping[frozenset[Any], Kind] = types.MappingProxyType(
    {
        frozenset({float}): "number",
        frozenset({int}): "integer",
        frozenset({str}): "text",
        frozenset({bool}): "flag",
        frozenset({bool, str}): "flag or text",
        frozenset({tuple}): "list",
    }
)
"""Types of a setting, apart from None -> the kind of its values in a domain."""
PLAIN = {"use_attribute_docstrings": False}
"""Configuration of a made class. Its fields have no source text in which pydantic could look for docstrings, and the
search would parse this whole file once for every class."""
Selector: TypeAlias = tuple[str, Mapping[str, tuple[str, ...]]]
"""The setting of a section that decides which others are used, and for each of its values the settings used with it."""


@dataclasses.dataclass(frozen=True)
class Maker:
    """Makes the classes of spaces."""

    selectors: Mapping[type[Section], Selector]
    """Sections with a setting that decides which others are used. All others have a domain for every setting."""
    names: Mapping[str, tuple[str, ...]]
    """Setting whose value is a name -> the names, which editors offer."""
    left_out: Mapping[type[Section], Iterable[str]]
    """Settings of a section that cannot be searched."""

    def space_of(self, section: type[Section], place: str) -> type[Part]:
        """The class of the space of a section.

        `place`: where the sweep file has the section. The docstrings of its settings explain the space's, too.
        """
        hints, documents = get_type_hints(section), TypeAdapter(section).json_schema()["properties"]
        selector, parameters = self.selectors.get(section, ("", {}))
        fields: dict[str, Any] = {}
        inner: dict[str, type[Part]] = {}
        for item in dataclasses.fields(section):  # type: ignore[arg-type]
            if item.name in self.left_out.get(section, ()):
                continue
            allowed = set(_members(hints[item.name]))
            sections = [kind for kind in allowed if isinstance(kind, type) and issubclass(kind, Section)]
            if sections:
                inner[item.name] = made = self.space_of(sections[0], f"{place}.{item.name}")
                form = _also_by_name(made) if issubclass(made, ConditionalSpace) else made
            else:
                names = tuple(parameters) if item.name == selector else self.names.get(item.name, ())
                form = _domain(KINDS[frozenset(get_origin(kind) or kind for kind in allowed)], names)
            description = documents[item.name].get("description")
            if item.name == selector:
                fields[item.name] = (
                    form,
                    Field(default_factory=partial(parse_domain, item.default, "text"), description=description),
                )
            else:
                fields[item.name] = (form | None, Field(None, description=description))
        name = f"{section.__name__.removesuffix('Config')}Space"
        document = f"What to try of `{place}`: a domain for a setting, which is then left out of `{place}`."
        if not selector:
            plain = create_model(
                name, __base__=SectionSpace, __module__=__name__, __doc__=document, __cls_kwargs__=PLAIN, **fields
            )
            plain.section, plain.inner_spaces = section, types.MappingProxyType(inner)
            return plain
        chosen = create_model(
            name, __base__=ConditionalSpace, __module__=__name__, __doc__=document, __cls_kwargs__=PLAIN, **fields
        )
        conditional = {selector, *(setting for used in parameters.values() for setting in used)}
        always = tuple(setting for setting in fields if setting not in conditional)
        chosen.section, chosen.selector = section, selector
        chosen.parameters = {kind: (*used, *always) for kind, used in parameters.items()}
        return chosen


def _members(hint: Any) -> list[Any]:
    """The types that a setting may have, apart from None."""
    allowed = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    return [kind for kind in allowed if kind is not types.NoneType]


def _also_by_name(space: Any) -> Any:
    return Annotated[space, BeforeValidator(_by_name, json_schema_input_type=space | str | list[str])]


def _domain(kind: Kind, names: tuple[str, ...]) -> Any:
    return Annotated[(Domain, *written(kind, names))]


def _by_name(value: Any) -> Any:
    """Turn a name or a list of names into a section: `[cosine, linear]` is `{name: [cosine, linear]}`."""
    return {"name": value} if isinstance(value, str | list) else value
