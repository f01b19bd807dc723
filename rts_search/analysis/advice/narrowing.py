"""A sweep whose space leaves out what the advice has ruled out."""

from collections.abc import Mapping, Sequence
from typing import Any

from rts_search.analysis.advice.evidence import SHARE, SWITCH
from rts_search.analysis.advice.marginals import Marginal
from rts_search.sweep.sweep import SweepFile
from search_spaces.domains import Choice, Domain, Fixed, Integer, LogUniform, Uniform
from search_spaces.space import Space
from trainables.core.settings.config import PERTURBATION_PARAMETERS, SHAPE_PARAMETERS
from trainables.core.settings.timing_config import RULE_PARAMETERS

KINDS: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "radius": ("shape", SHAPE_PARAMETERS),
    "scale": ("shape", SHAPE_PARAMETERS),
    "timing": ("rule", RULE_PARAMETERS),
    "perturbation": ("kind", PERTURBATION_PARAMETERS),
}
"""Part of a space -> the setting that says its kind, and the parameters that each kind uses."""


def narrowed(sweep: SweepFile, found: Sequence[Marginal]) -> tuple[Space, dict[str, Any]]:
    """The space of a sweep without the values that are ruled out, and what changed: dotted name -> its new domain."""
    plain, changed = sweep.space.model_dump(mode="json", exclude_none=True), dict[str, Any]()
    domains = sweep.space.searched()
    for marginal in found:
        name = SWITCH if marginal.feature.name == SHARE else marginal.feature.name
        domain = domains.get(name)
        if domain is None or isinstance(domain, Fixed):
            continue
        new = _kept(domain, marginal, sweep.training.epochs if marginal.feature.name == SHARE else 1)
        if new != domain:
            changed[name] = new.plain()
            _set(plain, name, new.plain())
    for part, (kind, parameters) in KINDS.items():
        if part in plain:
            _drop_unused(plain[part], kind, parameters)
    return Space.model_validate(plain), changed


def _kept(domain: Domain, marginal: Marginal, unit: float) -> Domain:
    """The domain without the classes that are ruled out. unit: what a value of the advice is multiplied by."""
    feature, out = marginal.feature, marginal.ruled_out
    if feature.ends is None:
        gone = {name for name, ruled_out in zip(feature.classes, out, strict=True) if ruled_out}
        values = domain.values() or ()
        return Choice(tuple(value for value in values if str(value) not in gone)) if gone else domain
    if not out.any():
        return domain
    kept = [place for place, ruled_out in enumerate(out) if not ruled_out]
    low, high = (unit * feature.ends[kept[0]][0], unit * feature.ends[kept[-1]][1])
    # The ends of the domain itself belong to the outer classes, although no trial may have drawn them.
    low = domain.lowest if kept[0] == 0 else low
    high = domain.highest if kept[-1] == len(out) - 1 else high
    return _between(domain, low, high)


def _between(domain: Domain, low: float, high: float) -> Domain:
    near = 1e-9 * max(abs(low), abs(high), 1.0)
    if isinstance(domain, Choice):
        inside = tuple(value for value in domain.options if low - near <= float(value) <= high + near)
        return Choice(inside) if inside else domain
    if isinstance(domain, Integer):
        whole = [value for value in domain.values() if low - near <= value <= high + near]
        if len(whole) > 1:
            return Integer(whole[0], whole[-1], domain.step)
        return Choice(tuple(whole)) if whole else domain
    if isinstance(domain, Uniform | LogUniform) and low < high:
        return type(domain)(low, high)
    return domain


def _set(plain: dict[str, Any], name: str, value: Any) -> None:
    """Set a value by its dotted name. A part may hold names with dots in them, such as options of a model."""
    place, _, rest = name.partition(".")
    inner = plain[place]
    if rest in inner:
        inner[rest] = value
    else:
        _set(inner, rest, value)


def _drop_unused(part: dict[str, Any], kind: str, parameters: Mapping[str, tuple[str, ...]]) -> None:
    """Leave out the parameters that no kind uses any more."""
    kinds = part.get(kind)
    if kinds is None:
        return
    used = {name for one in (kinds if isinstance(kinds, list) else [kinds]) for name in parameters[one]}
    of_any = {name for names in parameters.values() for name in names}
    for name in [name for name in part if name in of_any - used]:
        del part[name]
