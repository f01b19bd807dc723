"""Settings of a trial that the space draws, beside those that the sweep file gives for all trials."""

import types
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeVar, get_type_hints

from search_spaces.conditional_space import ConditionalSpace
from search_spaces.domain_forms import RANGES, Kind, parse_domain
from search_spaces.model_space import KIND, ModelSpace, as_section
from search_spaces.section_space import SectionSpace
from search_spaces.space import Space
from search_spaces.training_space import NOT_SEARCHED, TrainingSpace
from trainables.core.settings.config import ModelConfig, TrainingConfig
from trainables.core.settings.section import ConfigError, Section, require

Drawn = TypeVar("Drawn", bound=Section)
NEEDED: Mapping[str, Kind] = types.MappingProxyType({"lr": "number", "batch_size": "integer"})
"""Setting of `training` that has no default -> the kind of its values. It may be left out when the space draws it."""


def with_needed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of a sweep file, where `training` and `model` also have the needed settings that only the space
    has.

    Such a setting gets the largest value of its domain. The costs of all trials are counted in mini-batches of this
    size, and the largest model is the one that is measured.

    Raises:
        ConfigError: a setting of `training` has a domain; a setting is both fixed and drawn, or cannot be searched.
    """
    training, model, space = (values.get(name) for name in ("training", "model", "space"))
    found = dict(values)
    if isinstance(training, Mapping):
        _refuse_domains(training, TrainingSpace, "training")
    if not isinstance(space, Mapping):
        return found
    drawn, space_of_model = space.get("training"), space.get("model")
    if isinstance(training, Mapping) and isinstance(drawn, Mapping):
        kept = {name: value for name, value in training.items() if value is not None or drawn.get(name) is None}
        _refuse_both(kept, drawn, TrainingSpace)
        given = {name: kind for name, kind in NEEDED.items() if drawn.get(name) is not None}
        found["training"] = {**kept, **{name: _largest(drawn[name], kind) for name, kind in given.items()}}
    model = {"name": model} if isinstance(model, str) else model
    if isinstance(model, Mapping) and isinstance(space_of_model, Mapping):
        found["model"] = _with_largest(model, space_of_model)
    return found


def _with_largest(model: Mapping[str, Any], space: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the largest model. The weight of a loss has no size, and stays as it is."""
    found, options, bsconv = dict(model), space.get("options"), space.get("bsconv")
    if isinstance(options, Mapping):
        own = model.get("options") or {}
        for name in (name for name in options if own.get(name) is not None):
            raise _given_twice(f"model.options.{name}", options[name])
        found["options"] = {**own, **{name: _largest(options[name], "any") for name in options}}
    if isinstance(bsconv, Mapping) and found.get("bsconv") is not None:
        found["bsconv"] = _with_largest_share(found["bsconv"], bsconv)
    return found


def _with_largest_share(own: Any, space: Mapping[str, Any]) -> Any:
    """`model.bsconv` with the largest share of the space. Mistakes are left to be reported at their places."""
    section = dict(own) if isinstance(own, Mapping) else {"kind": own}
    if section.get("kind") != KIND:
        return own
    for name, domain in space.items():
        if isinstance(section.get(name), int | float) and not isinstance(section[name], bool):
            raise _given_twice(f"model.bsconv.{name}", domain)
    share = {"p": _largest(space["p"], "number")} if space.get("p") is not None else {}
    return {**share, **{name: value for name, value in section.items() if value is not None}}


def _largest(written: Any, kind: Kind) -> Any:
    try:
        return parse_domain(written, kind).extremes[-1]
    except ConfigError:
        return 1  # any legal value: the mistake is reported at its place in the space


def _refuse_domains(given: Mapping[str, Any], space: type[SectionSpace | ConditionalSpace], place: str) -> None:
    sections = space.inner_spaces if issubclass(space, SectionSpace) else {}
    for name, value in given.items():
        within, inner = f"{place}.{name}", sections.get(name)
        is_range = isinstance(value, Mapping) and bool(set(value) & set(RANGES["number"]))
        if isinstance(value, Mapping) and not is_range and inner and issubclass(inner, SectionSpace | ConditionalSpace):
            _refuse_domains(value, inner, within)
        elif name in space.model_fields:
            domain = is_range or (isinstance(value, list) and not _holds_list(space.section, name))
            require(not domain, within, f"must be one value: put a domain into space.{within}", value)


def _holds_list(section: type[Section], name: str) -> bool:
    return "tuple" in str(get_type_hints(section)[name])


def _refuse_both(
    given: Mapping[str, Any], drawn: Mapping[str, Any], space: type[SectionSpace], place: str = "training"
) -> None:
    for name, value in drawn.items():
        own, inner, within = given.get(name), space.section_of(name), f"{place}.{name}"
        rule = f"cannot be searched, since {NOT_SEARCHED.get(name)}: give one value in {within}"
        require(name not in NOT_SEARCHED, f"space.{within}", rule, value)
        if inner is not None and isinstance(own, Mapping) and isinstance(value, Mapping):
            _refuse_both(own, value, inner, within)
        elif value is not None and own is not None:
            raise _given_twice(within, value)


def _given_twice(place: str, domain: Any) -> ConfigError:
    return ConfigError(f"space.{place}", f"is given in {place}, too: leave one out", domain)


def without_drawn(values: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """The plain values of a sweep without the settings of `training` and `model` that the space draws."""
    found = dict(values)
    for name, part in _parts(space):
        found[name] = part.without_given(values[name])
    return found


def _parts(space: Space) -> Iterator[tuple[Literal["training", "model"], SectionSpace | ModelSpace]]:
    if space.training is not None:
        yield "training", space.training
    if space.model is not None:
        yield "model", space.model


def merged(section: Drawn, space: SectionSpace | ModelSpace | None, drawn: Mapping[str, Any] | None) -> Drawn:
    """The section with the settings that were drawn in the place of its own. Raises: ConfigError."""
    if space is None or drawn is None:
        return section
    return type(section).from_dict(space.merged(section.to_dict(), drawn))


def check_model(space: Space, model: ModelConfig) -> None:
    """Refuse a space of numbers that the model does not have. Raises: ConfigError."""
    if space.model is not None and space.model.bsconv is not None:
        try:
            as_section(model.to_dict().get("bsconv"))
        except ConfigError as error:
            raise error.within("space.model") from None


def check_corners(space: Space, training: TrainingConfig) -> None:
    """Refuse a space that could draw an illegal section of `training`. Raises: ConfigError."""
    for corner in space.training.corners() if space.training else ():
        try:
            merged(training, space.training, corner)
        except ConfigError as error:
            raise error.within("space.training") from None


def trainings(space: Space, training: TrainingConfig) -> list[TrainingConfig]:
    """The sections `training` that must be possible: the sweep's own, or those with the extremes of the space."""
    corners = list(space.training.corners()) if space.training else []
    return [merged(training, space.training, corner) for corner in corners] or [training]


def models(space: Space, model: ModelConfig) -> list[ModelConfig]:
    """The models that must be buildable: the sweep's own, or those with the extreme options of the space."""
    corners = list(space.model.corners()) if space.model else []
    return [merged(model, space.model, corner) for corner in corners] or [model]
