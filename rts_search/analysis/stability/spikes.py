"""Spikes of the training loss: epochs whose loss exceeds the running median by far.

This is the identifier of Hampel (1974) on the logarithm of the loss, on one side: an epoch is a spike when its value
exceeds the median of the WINDOW epochs before it by more than DEVIATIONS robust standard deviations and the loss is at
least LEAST_RISE larger. As the deviation of one epoch it takes 1.4826 times the median absolute deviation of the
differences between neighbouring epochs, over the square root of 2, so that a falling loss does not count as spread.
"""

import numpy as np

from rts_search.analysis.courses.course import Values

WINDOW = 5
DEVIATIONS = 5.0
LEAST_RISE = 0.1
"""A smaller rise over the median is no spike, however steady the loss is."""
LEAST_EPOCHS = 5
"""Fewer epochs do not tell what their deviation is."""
SMALLEST = 1e-12
"""A loss below counts as this one."""
NORMAL = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


def spikes(losses: Values) -> list[int] | None:
    """The places of the epochs that are spikes; None for fewer than LEAST_EPOCHS. A loss that is not finite is one.

    losses: (epochs,), in nats.
    """
    if len(losses) < LEAST_EPOCHS:
        return None
    logs = np.log(np.maximum(losses, SMALLEST))
    steps = np.diff(logs[np.isfinite(logs)])
    deviation = 0.0
    if len(steps):
        deviation = NORMAL * float(np.median(np.abs(steps - np.median(steps)))) / float(np.sqrt(2))
    least = max(DEVIATIONS * deviation, float(np.log1p(LEAST_RISE)))
    return [place for place in range(len(logs)) if _is_spike(logs, place, least)]


def _is_spike(logs: Values, place: int, least: float) -> bool:
    if not np.isfinite(logs[place]):
        return True
    before = logs[max(0, place - WINDOW) : place]
    before = before[np.isfinite(before)]
    return bool(len(before)) and bool(logs[place] - np.median(before) > least)
