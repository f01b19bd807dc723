"""The baselines: known methods, each expressed as a point of the search space."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from rts_search.sweep.arm_space import ArmSpace, arm_space
from rts_search.sweep.sections import SECTION, by_name
from search_spaces.space import Space
from trainables.core.settings.config import PerturbationConfig, TrainingConfig
from trainables.core.settings.perturbation_config import BASELINE_METHODS, FIRST_ORDER, METHODS, MOST_INNER_STEPS
from trainables.core.settings.section import ConfigError, require
from trainables.core.settings.timing_config import MOST_BETWEEN

Name = Literal[
    "sgd", "ngd", "pugd", "sam", "asam", "amp", "looksam", "gsam", "friendly_sam", "path_sgd",
    "r", "t", "s", "rt", "rs", "ts",
]  # fmt: skip
RTS = "rts"
"""Name of the arm that searches the sweep's own space."""
RADII = {"sgd": 1.0, "ngd": 0.0, **{kind: method.radius or 1.0 for kind, method in METHODS.items()}}
"""Default radius of each baseline. At radius 0 the update is g / norm(g), which is NGD. sgd and path_sgd do not use
it."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "r": ("radius",),
    "t": ("timing",),
    "s": ("scale",),
    "rt": ("radius", "timing"),
    "rs": ("radius", "scale"),
    "ts": ("timing", "scale"),
}
"""Parts of RTS -> what they search of the sweep's space. The rest is that of pugd."""
PERTURBING = tuple(kind for kind in BASELINE_METHODS if kind not in FIRST_ORDER)
"""The other methods than PUGD that perturb the weights by a radius."""
PARAMETERS = tuple(dict.fromkeys(name for kind in BASELINE_METHODS for name in METHODS[kind].parameters))
"""The settings of the methods beside the radius."""


class BaselineConfig(BaseModel):
    """A baseline: its name, and for other methods than sgd, ngd, pugd and path_sgd its settings."""

    model_config = SECTION

    name: Name
    """The method: sgd, ngd, pugd, sam, asam, amp, looksam, gsam, friendly_sam or path_sgd; or a part of RTS (r, t, s,
    rt, rs or ts), which is tuned over the radius, timing or scale of the sweep's `space` and has those of pugd else."""
    radius: Annotated[float, Field(gt=0)] | None = None
    """Radius of the perturbation, > 0, not for sgd, ngd, pugd and path_sgd. When left out: 0.05 for sam and gsam, 0.5
    for asam and amp, 0.1 for looksam, 0.2 for friendly_sam."""
    eta: Annotated[float, Field(ge=0)] | None = None
    """Constant added to the absolute values of the weights, >= 0, only for asam; 0.01 when left out."""
    inner_lr: Annotated[float, Field(gt=0)] | None = None
    """Step size of an ascent step, > 0, only for amp; 1 when left out."""
    inner_steps: Annotated[int, Field(ge=1, le=MOST_INNER_STEPS)] | None = None
    """Number of ascent steps per update, each of which costs one gradient, in [1, 1000], only for amp; 1 when left
    out."""
    k: Annotated[int, Field(ge=1, le=MOST_BETWEEN)] | None = None
    """One step in this many takes two gradients, in [1, 1000000], only for looksam; 5 when left out."""
    alpha: Annotated[float, Field(ge=0)] | None = None
    """Weight of the part of SAM's gradient that is used again for looksam, 0.7 when left out, and of the descent on the
    surrogate gap for gsam, 0.4 when left out; >= 0."""
    sigma: Annotated[float, Field(ge=0)] | None = None
    """Weight of the mean gradient, >= 0, only for friendly_sam; 1 when left out."""
    decay: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Decay of the mean gradient, in [0, 1), only for friendly_sam; 0.95 when left out."""
    training: dict[str, Any] | None = None
    """Settings of the training that this baseline has instead of the sweep's, such as {lr: 0.1}. A tuned baseline does
    not tune them. epochs and seed cannot be among them. batch_size is at most the largest of the sweep."""
    space: ArmSpace | None = None
    """Settings that this baseline tunes in the place of the sweep's `space.training`. Only with `space.training`."""

    @model_validator(mode="after")
    def _refuse_unused(self) -> Self:
        used = ("radius", *METHODS[self.name].parameters) if self.name in PERTURBING else ()
        for name in ("radius", *PARAMETERS):
            value = getattr(self, name)
            require(value is None or name in used, name, f"is not used by {self.name}: leave it out", value)
        own = self.space.radius if self.space is not None else None
        plain = None if own is None else own.model_dump(exclude_none=True)
        rule = f"is not used by {self.name}: leave it out"
        require(own is None or self.name not in ("sgd", "ngd", *FIRST_ORDER, *PARTS), "space.radius", rule, plain)
        rule = "is given in radius, too: leave one out"
        require(own is None or self.radius is None, "space.radius", rule, plain)
        for name in ("epochs", "seed"):
            rule = "must be that of the sweep, so that methods can be compared: leave it out"
            require(name not in (self.training or {}), f"training.{name}", rule, (self.training or {}).get(name))
        return self

    @property
    def gradients_per_step(self) -> Fraction | int:
        """Gradient evaluations of one step; a fraction where only some steps are perturbed."""
        return 1 if self.name in ("sgd", "ngd") else self.perturbation().mean_gradients_per_step

    def epochs(self, epochs: int) -> int:
        """Epochs of a run that costs as much as pugd over so many `epochs`, or less by a part of an epoch; 0 when a
        single epoch would cost more."""
        return 2 * epochs // self.gradients_per_step

    def fixed(self, training: TrainingConfig) -> TrainingConfig:
        """The training with the baseline's own settings. Raises: ConfigError."""
        if not self.training:
            return training
        try:
            return TrainingConfig.from_dict(_merged(training.to_dict(), self.training))
        except ConfigError as error:
            raise error.within("training") from None

    def tuned_over(self, space: Space, epochs: int) -> Space:
        """The space of the baseline as an arm of a sweep with this space, whose runs have so many epochs."""
        radius = RADII.get(self.name, 1.0) if self.radius is None else self.radius
        tunes_radius = self.name in PERTURBING and self.radius is None
        switch = epochs if self.name == "sgd" else 0
        found = arm_space(space, self.space, self.training or {}, radius, tunes_radius, switch)
        searched = {part: getattr(space, part) for part in PARTS.get(self.name, ())}
        return found.model_copy(update=searched) if searched else found

    def point(self, epochs: int) -> dict[str, dict[str, Any]]:
        """Radius, scale and timing of the baseline: sgd never switches to PUGD, all others are perturbed in every
        epoch."""
        radius = self.radius if self.radius is not None else RADII[self.name]
        return {
            "radius": {"shape": "constant", "value": radius},
            "scale": {"shape": "constant", "value": 1.0},
            "timing": {"rule": "epoch", "switch_epoch": epochs if self.name == "sgd" else 0},
        }

    def perturbation(self) -> PerturbationConfig:
        """The perturbation: that of PUGD for sgd, ngd and pugd, otherwise the baseline's own."""
        if self.name in ("sgd", "ngd", "pugd", *PARTS):
            return PerturbationConfig()
        published = METHODS[self.name].parameters
        given = {name: getattr(self, name) for name in published}
        settings = {name: published[name] if value is None else value for name, value in given.items()}
        return PerturbationConfig.from_dict({"kind": self.name, **settings})


def _merged(values: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values with the `own` ones in their place, section by section."""
    found = dict(values)
    for name, value in own.items():
        both = isinstance(value, Mapping) and isinstance(values.get(name), Mapping)
        found[name] = _merged(values[name], value) if both else value
    return found


BaselineByName = Annotated[BaselineConfig, BeforeValidator(by_name, json_schema_input_type=BaselineConfig | Name)]
DEFAULT_BASELINES = tuple(BaselineConfig(name=name) for name in ("sgd", "ngd", "pugd"))
