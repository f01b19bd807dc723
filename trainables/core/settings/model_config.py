"""The settings of the model."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from trainables.core.settings.bsconv_config import BSCONVS, BsconvConfig
from trainables.core.settings.section import OneOf, Section, one_of, require

DEFAULT_WEIGHTS = "default"
NO_DEFAULT_WEIGHTS = "must be left out with pretrained default, which has weights of standard convolutions: name a file"


@dataclass(frozen=True)
class ModelConfig(Section):
    """The classifier that is trained."""

    name: str
    """Name of the model: one that `rts-search models` lists (small, upanet16, resnet18, mobilenet_v2, ...),
    torchvision/NAME, timm/NAME (install the extra `timm`), or package.module:function for a function of your own, in a
    file beside the sweep file or in an installed package. It is called as function(num_classes=, in_channels=,
    image_size=, **options) and returns a torch.nn.Module."""
    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments for the function that builds the model, such as width for small. Default: none."""
    bsconv: Annotated[str, OneOf(BSCONVS)] | BsconvConfig | None = None
    """Blueprint separable convolutions: a section, or one of the names u and s. 3x3 and 5x5 convolutions are replaced
    by u (unconstrained) or s (subspace: through a quarter of the input channels, with a regularisation term in the
    loss); depthwise separable blocks (MobileNetV1, Xception) are turned round; inverted residuals (MobileNetV2 and V3,
    EfficientNet, MnasNet) keep their layers, and s adds the regularisation term. Leave it out to keep the model's own
    convolutions."""
    pretrained: str | None = None
    """Weights that training starts from: default (the weights that torchvision or timm publish) or the path of a
    .safetensors, .pt or .pth file. The last layer is not loaded when its shape is another, as for other classes. Leave
    it out to start from random weights."""

    def __post_init__(self) -> None:
        if isinstance(self.bsconv, str):
            require(self.bsconv in BSCONVS, "bsconv", one_of(BSCONVS), self.bsconv)
        separable = self.separable
        replaces = separable is not None and separable.kind == "u"  # whether s does is known when the model is built
        require(not replaces or self.pretrained != DEFAULT_WEIGHTS, "bsconv", NO_DEFAULT_WEIGHTS, self.bsconv)

    @property
    def separable(self) -> BsconvConfig | None:
        """The settings of blueprint separable convolutions as a section, also where only the kind is given."""
        return BsconvConfig(self.bsconv) if isinstance(self.bsconv, str) else self.bsconv
