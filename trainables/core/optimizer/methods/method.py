"""What a method says of a step: where it takes its gradients, and what the base update gets of them."""

import math
import types
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from trainables.core.optimizer.perturbations import Tensors
from trainables.core.optimizer.target import Target

Settings = Mapping[str, tuple[float, float, float]]
"""Setting of a group -> its default, its smallest value, and a limit below which it must be."""

DUAL: Settings = types.MappingProxyType({"q": (2.0, 1.0, math.nextafter(100.0, math.inf))})
"""The setting of the methods whose perturbation may have another norm, which all groups share."""


class Method:
    """The formulas of a phase. This class is plain SGD, which a method changes where it differs.

    A method has no memory of its own: what it keeps from step to step is in the optimizer's state of each parameter.
    Everything stays on the device, so that a step can be recorded.
    """

    perturbs: ClassVar[bool] = False
    """Whether steps with a radius > 0 take gradients at perturbed weights."""
    settings: ClassVar[Settings] = types.MappingProxyType({})
    """The settings that it has beside radius and scale, as a group of PUGD has them."""
    mixes: ClassVar[bool] = False
    """Whether `direction` uses g. If not, g is let go of before the next gradient is computed."""
    reuses: ClassVar[bool] = False
    """Whether `eps` computes in the room that it is given."""
    between: ClassVar[str] = "sgd"
    """The phase of the steps between the perturbed ones."""
    keeps: ClassVar[tuple[str, ...]] = ()
    """Names of the tensors that it keeps of each parameter in the optimizer's state."""
    fused_alone: ClassVar[bool] = True
    """Whether the fused step has the formula of `alone`."""

    @property
    def plain_alone(self) -> bool:
        """Whether a step with one gradient gives this gradient to the base update as it is."""
        return type(self).alone is Method.alone

    def blockwise(self, settings: dict[str, Any]) -> bool:  # noqa: ARG002
        """Return whether the fused step has the formulas of a perturbed step with these settings of a group."""
        return False

    def ascents(self, settings: dict[str, Any]) -> int:  # noqa: ARG002
        """Number of ascents of a perturbed step, each of which takes a gradient, by the settings of a group."""
        return 1

    def eps(self, target: Target, g: list[Tensor], before: Tensors | None, room: Tensors | None) -> Tensors:
        """Return the perturbation, computed at w.

        Args:
            target: the parameters, at w.
            g: the gradient at w, or in a further ascent that at w + before.
            before: the perturbation of the ascent before in this step; None in the first.
            room: memory of the parameters' shapes that may be used for the result; it may be None.

        Raises:
            NotImplementedError: the method has no perturbed step (`perturbs` is False), so that no step calls this.
        """
        raise NotImplementedError

    def direction(self, target: Target, g: list[Tensor], g_star: list[Tensor]) -> tuple[Tensors, bool]:  # noqa: ARG002
        """Return what the base update gets after a perturbed step, and whether the base update may overwrite it.

        g may be overwritten; g_star may not.
        """
        return g_star, False

    def alone(self, target: Target, g: list[Tensor]) -> Tensors:  # noqa: ARG002
        """Return what the base update gets of a step with one gradient: at radius 0 or between perturbed steps."""
        return g
