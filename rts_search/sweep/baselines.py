"""The baselines: known methods, each expressed as a point of the search space."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from rts_search.sweep.sections import SECTION, by_name
from trainables.core.settings.config import PERTURBATION_PARAMETERS, PerturbationConfig
from trainables.core.settings.section import require

Name = Literal["sgd", "ngd", "pugd", "sam", "asam", "amp"]
RADII = {"pugd": 1.0, "ngd": 0.0, "sgd": 1.0, "sam": 0.05, "asam": 0.5, "amp": 0.5}
"""Default radius of each baseline: for sam and asam the papers' value for CIFAR, for amp its epsilon. At radius 0 the
update is g / norm(g), which is NGD."""
PARAMETERS = {"eta": 0.01, "inner_lr": 1.0, "inner_steps": 1}
"""Published defaults of the other settings of asam and amp."""


class BaselineConfig(BaseModel):
    """A baseline: its name, and for sam, asam and amp its settings."""

    model_config = SECTION

    name: Name
    """The method: sgd, ngd, pugd, sam, asam or amp."""
    radius: Annotated[float, Field(gt=0)] | None = None
    """Radius of the perturbation, > 0, only for sam, asam and amp; the published 0.05, 0.5 and 0.5 when left out."""
    eta: Annotated[float, Field(ge=0)] | None = None
    """Constant added to the absolute values of the weights, >= 0, only for asam; 0.01 when left out."""
    inner_lr: Annotated[float, Field(gt=0)] | None = None
    """Step size of an ascent step, > 0, only for amp; 1 when left out."""
    inner_steps: Annotated[int, Field(ge=1)] | None = None
    """Number of ascent steps per update, each of which costs one gradient, >= 1, only for amp; 1 when left out."""

    @model_validator(mode="after")
    def _refuse_unused(self) -> Self:
        used = ("radius", *PERTURBATION_PARAMETERS[self.name]) if self.name in ("sam", "asam", "amp") else ()
        for name in ("radius", *PARAMETERS):
            value = getattr(self, name)
            require(value is None or name in used, name, f"is not used by {self.name}: leave it out", value)
        return self

    @property
    def gradients_per_step(self) -> int:
        """Gradient evaluations of one step."""
        return 1 if self.name in ("sgd", "ngd") else self.perturbation().gradients_per_step

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
        if self.name in ("sgd", "ngd", "pugd"):
            return PerturbationConfig()
        given = {name: getattr(self, name) for name in PERTURBATION_PARAMETERS[self.name]}
        settings = {name: PARAMETERS[name] if value is None else value for name, value in given.items()}
        return PerturbationConfig.from_dict({"kind": self.name, **settings})


BaselineByName = Annotated[BaselineConfig, BeforeValidator(by_name, json_schema_input_type=BaselineConfig | Name)]
DEFAULT_BASELINES = tuple(BaselineConfig(name=name) for name in ("sgd", "ngd", "pugd"))
