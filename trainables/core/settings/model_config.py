"""The settings of the model."""

from dataclasses import dataclass, field
from typing import Any

from trainables.core.settings.section import Section, one_of, require

BSCONVS = ("u", "s")
DEFAULT_WEIGHTS = "default"


@dataclass(frozen=True)
class ModelConfig(Section):
    """The classifier that is trained."""

    name: str
    """Name of the model: small, upanet16, resnet18, resnet34, resnet50, resnet101, resnet152, torchvision/NAME,
    timm/NAME (install the extra `timm`), or package.module:function for a function of your own that returns a model."""
    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments for the function that builds the model, such as width for small. Default: none."""
    bsconv: str | None = None
    """Replace the model's 3x3 and 5x5 convolutions by blueprint separable convolutions: u (unconstrained) or s
    (subspace: through a quarter of the input channels, with a regularisation term in the loss). Leave it out to keep
    the model's own convolutions."""
    pretrained: str | None = None
    """Weights that training starts from: default (the weights that torchvision or timm publish) or the path of a
    .safetensors, .pt or .pth file. The last layer is not loaded when its shape is another, as for other classes. Leave
    it out to start from random weights."""

    def __post_init__(self) -> None:
        require(self.bsconv in (None, *BSCONVS), "bsconv", one_of(BSCONVS), self.bsconv)
        rule = "must be left out with pretrained default, which has weights of standard convolutions: name a file"
        require(self.bsconv is None or self.pretrained != DEFAULT_WEIGHTS, "bsconv", rule, self.bsconv)
