"""How much the loss rises in one ascent step of SAM or PUGD: max over norm(eps) <= rho of L(w + eps) - L(w)."""

from collections.abc import Iterator, Sequence

from trainables.core.landscape.loss_function import LossFunction, Vector
from trainables.core.optimizer.perturbations import pugd, sam

DIRECTIONS = ("sam", "pugd")


def sharpness(loss: LossFunction, radii: Sequence[float], direction: str) -> Iterator[float]:
    """Yield L(w + eps) - L(w) for each radius rho, with eps one step of this length towards larger loss.

    `sam`: eps = rho g / norm(g), to first order the maximum in the ball (Foret et al. 2021, equation 2).
    `pugd`: eps = rho |w| g / norm(|w| g), the perturbation of PUGD.

    The maximum in the ball is at least as large as what is yielded, but for radii at which the loss falls again.

    Args:
        loss: the loss function.
        radii: each > 0.
        direction: one of DIRECTIONS.
    """
    gradient, base = loss.gradient(), loss.value()
    for radius in radii:
        with loss.at(_step(loss, gradient, radius, direction)):
            risen = loss.value() - base
        yield risen


def _step(loss: LossFunction, gradient: Vector, radius: float, direction: str) -> Vector:
    rho = [radius] * len(gradient)
    if direction == "sam":
        return list(sam(gradient, rho))
    return list(pugd([weight.detach() for weight in loss.weights], gradient, rho))
