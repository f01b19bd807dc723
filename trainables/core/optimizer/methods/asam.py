"""ASAM (Kwon et al. 2021)."""

import math
import types
from typing import ClassVar

from torch import Tensor

from trainables.core.optimizer import perturbations
from trainables.core.optimizer.methods.method import Method, Settings
from trainables.core.optimizer.perturbations import Tensors
from trainables.core.optimizer.target import Target


class Asam(Method):
    """eps along T_w**2 * g, where T_w is abs(w) + eta on weights and 1 on biases; the base update gets g_star."""

    perturbs = True
    settings: ClassVar[Settings] = types.MappingProxyType({"eta": (0.01, 0.0, math.inf)})

    def eps(
        self,
        target: Target,
        g: list[Tensor],
        before: Tensors | None,  # noqa: ARG002
        room: Tensors | None,  # noqa: ARG002
    ) -> Tensors:
        """Return eps = radius * T_w**2 * g / norm(T_w * g). Raises: ValueError where the parameters have no names."""
        return perturbations.asam(target.w, g, target.each("radius"), etas(target))


def etas(target: Target) -> list[float | None]:
    """For each parameter, ASAM's eta; None where the parameter's name does not say that it is a weight."""
    names, pairs = target.names(), zip(target.w, target.groups, strict=True)
    return [float(group["eta"]) if "weight" in names[p].rpartition(".")[2] else None for p, group in pairs]
