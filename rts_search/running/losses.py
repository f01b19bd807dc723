"""Workers that were lost: how often and in what order, and what they died of."""

import re
from collections import Counter

MOST_LOSSES = 5
"""A trial whose worker is lost more often than this is given up as failed."""
IN_A_ROW = 3
"""So many losses without a new epoch end the sweep."""
FRUITLESS = 2
"""A trial that was lost so often in a row without a new epoch of its own lets others go first."""

RAISED = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)\b.*", re.MULTILINE)
EXIT_CODE = re.compile(r"exit code (-?\d+)")


class Losses:
    """The losses of a drive.

    A cause that kills every worker shows in a row of losses, of different trials, since the last epoch that was new. A
    loss is another one in that row when its worker had begun since the one before it: eight trials whose node dies are
    lost at the same moment and count once. One trial alone counts once too, so that it cannot end the sweep for others.
    """

    def __init__(self) -> None:
        """Nothing is lost."""
        self._of_trial: Counter[int] = Counter()
        self._fruitless: Counter[int] = Counter()
        self._row: list[int] = []
        self.in_a_row = 0
        """All losses since the last new epoch."""
        self._begun: dict[int, int] = {}  # trials at work, and the length of the row when they began

    def began(self, number: int) -> None:
        """A worker begins a trial."""
        self._begun[number] = len(self._row)

    def ended(self, number: int) -> None:
        """A worker has done with a trial."""
        self._begun.pop(number, None)

    def new_epoch(self, number: int) -> None:
        """A trial has trained an epoch that nobody had."""
        self._row.clear()
        self.in_a_row = 0
        self._begun = dict.fromkeys(self._begun, 0)
        self._fruitless[number] = -1  # a loss to come is not in vain

    def lost(self, number: int) -> int:
        """A worker is lost with its trial; how often the trial has been so far."""
        self._of_trial[number] += 1
        self._fruitless[number] += 1
        self.in_a_row += 1
        if self._begun.pop(number, 0) == len(self._row) and number not in self._row:
            self._row.append(number)
        return self._of_trial[number]

    def fruitless(self, number: int) -> bool:
        """Whether others go first."""
        return self._fruitless[number] >= FRUITLESS

    def all_die(self, left: int) -> bool:
        """Whether every worker seems to die, when so many trials are left; where one is, it may be the trial."""
        return left > 1 and self.in_a_row >= IN_A_ROW and len(self._row) >= min(IN_A_ROW, left)


def in_one_line(text: str) -> str:
    """What Ray tells of a lost worker, in words that help; empty when it tells nothing."""
    if "low on memory" in text or "OUT_OF_MEMORY" in text:
        return "its node ran out of memory and Ray ended it; fewer trials at a time need less (resources)"
    if "node has died" in text or "node died" in text:
        return "its node was lost"
    raised = RAISED.findall(text)
    if raised:
        return str(raised[-1]).strip()
    code = EXIT_CODE.search(text)
    if code:
        return f"its process ended with exit code {code[1]}"
    if "worker process has died" in text:
        return "its process was killed or crashed, as it is when memory runs out (dmesg tells) or a library is broken"
    return ""
