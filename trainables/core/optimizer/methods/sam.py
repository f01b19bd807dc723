"""SAM (Foret et al. 2021)."""

from torch import Tensor

from trainables.core.optimizer import perturbations
from trainables.core.optimizer.methods.method import DUAL, Method
from trainables.core.optimizer.perturbations import Tensors
from trainables.core.optimizer.target import Target


class Sam(Method):
    """eps along g; the base update gets g_star."""

    perturbs = True
    settings = DUAL

    def eps(
        self,
        target: Target,
        g: list[Tensor],
        before: Tensors | None,  # noqa: ARG002
        room: Tensors | None,  # noqa: ARG002
    ) -> Tensors:
        """Return eps = radius * g / norm(g), or its like in another norm."""
        return perturbations.sam(g, target.each("radius"), target.shared("q"))
