"""Path-SGD (Neyshabur et al. 2015): steepest descent in a geometry that no rescaling of the units changes."""

import torch
from torch import Tensor

from trainables.core.optimizer.methods.method import Method
from trainables.core.optimizer.perturbations import Tensors
from trainables.core.optimizer.target import Target


class PathSgd(Method):
    """A step with one gradient, each of whose elements is divided by gamma of its weight. See `PathNetwork`."""

    fused_alone = False

    def alone(self, target: Target, g: list[Tensor]) -> Tensors:
        """Return g / gamma; 0 where gamma is 0, and NaN where it is not finite.

        Where all paths through a weight have a weight of 0, both gamma and g are 0: such a weight waits until another
        one has given it a path.

        Raises:
            ValueError: the optimizer has no path network.
        """
        if target.paths is None:
            rule = "needs the network: set optimizer.paths = PathNetwork(model, (channels, height, width))"
            raise ValueError(f"phase path_sgd {rule}")
        gammas = target.paths.gammas(target.w)
        pairs = zip(g, gammas, strict=True)
        return [torch.where((gamma > 0) & gamma.isfinite(), x / gamma, gamma * 0) for x, gamma in pairs]
