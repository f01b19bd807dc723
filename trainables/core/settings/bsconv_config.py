"""The settings of blueprint separable convolutions."""

from dataclasses import dataclass
from typing import Annotated

from trainables.core.settings.section import OneOf, Section, one_of, require

BSCONVS = ("u", "s")
SHARE = 0.25
"""Default of `p` where layers are replaced."""
PENALTY = 0.1
"""Default of `alpha`."""


@dataclass(frozen=True)
class BsconvConfig(Section):
    """Blueprint separable convolutions: a kind, and for kind s two numbers."""

    kind: Annotated[str, OneOf(BSCONVS)]
    """u (unconstrained) or s (subspace: through fewer channels, with a regularisation term in the loss)."""
    p: float | None = None
    """For s, where it replaces layers: the share of the input channels that the subspace has, in (0, 1]; no fewer than
    4 channels. Default: 0.25, as published for ResNets. Inverted residuals (MobileNetV2 and V3, EfficientNet, MnasNet)
    have a ratio of their own, published as 1/6: leave it out there."""
    alpha: float | None = None
    """For s: the weight of the regularisation term in the loss, >= 0. 0 leaves the term out. Default: 0.1, as
    published."""

    def __post_init__(self) -> None:
        require(self.kind in BSCONVS, "kind", one_of(BSCONVS), self.kind)
        for name in ("p", "alpha"):
            given = getattr(self, name)
            require(self.kind == "s" or given is None, name, f"is not used by {self.kind}: leave it out", given)
        p, alpha = self.p, self.alpha
        require(p is None or 0.0 < p <= 1.0, "p", "must be in (0, 1]", p)
        require(alpha is None or 0.0 <= alpha < float("inf"), "alpha", "must be >= 0 and finite", alpha)

    @property
    def penalty(self) -> float:
        """The weight of the regularisation term in the loss; 0 for kind u."""
        return 0.0 if self.kind == "u" else PENALTY if self.alpha is None else self.alpha

    @property
    def share(self) -> float:
        """The share of the input channels that the subspace has where layers are replaced."""
        return SHARE if self.p is None else self.p

    @property
    def is_default(self) -> bool:
        """Whether both numbers are the default ones."""
        return self.p in (None, SHARE) and self.alpha in (None, PENALTY)
