"""Count the workers that were lost, decide when this ends the sweep, and name the cause in one line."""

import re
from collections import Counter

MOST_LOSSES = 5
"""A trial that loses more workers than this fails."""
IN_A_ROW = 3
"""Losses in a row, without a new epoch, that end the sweep."""
FRUITLESS = 2
"""A trial that lost so many workers since its last new epoch begins after all other trials."""

RAISED = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)\b.*", re.MULTILINE)
EXIT_CODE = re.compile(r"exit code (-?\d+)")


class Losses:
    """The lost workers of one run of a sweep.

    If something kills every worker, different trials lose their workers in a row, without a new epoch between them. A
    loss counts in the row only if its worker began after the loss before it: when a node with eight trials dies, this
    counts once. Each trial also counts only once, so that one bad trial cannot end the sweep.
    """

    def __init__(self) -> None:
        """Start with no losses."""
        self._of_trial: Counter[int] = Counter()
        self._fruitless: Counter[int] = Counter()
        self._row: list[int] = []
        self.in_a_row = 0
        """Number of all losses since the last new epoch."""
        self._begun: dict[int, int] = {}  # running trial -> length of the row when it began

    def began(self, number: int) -> None:
        """Called when a worker begins a trial."""
        self._begun[number] = len(self._row)

    def ended(self, number: int) -> None:
        """Called when a worker no longer runs a trial."""
        self._begun.pop(number, None)

    def new_epoch(self, number: int) -> None:
        """Called when a trial has recorded a newly trained epoch."""
        self._row.clear()
        self.in_a_row = 0
        self._begun = dict.fromkeys(self._begun, 0)
        self._fruitless[number] = -1  # the next loss of this trial does not count, since it made progress

    def lost(self, number: int) -> int:
        """Count a lost worker. Returns how many workers its trial has lost."""
        self._of_trial[number] += 1
        self._fruitless[number] += 1
        self.in_a_row += 1
        if self._begun.pop(number, 0) == len(self._row) and number not in self._row:
            self._row.append(number)
        return self._of_trial[number]

    def fruitless(self, number: int) -> bool:
        """Whether the trial begins after all other trials."""
        return self._fruitless[number] >= FRUITLESS

    def all_die(self, left: int) -> bool:
        """Whether something seems to kill every worker. If one trial is `left`, the trial may be the cause."""
        return left > 1 and self.in_a_row >= IN_A_ROW and len(self._row) >= min(IN_A_ROW, left)


def in_one_line(text: str) -> str:
    """The cause of a worker's death in one line, from Ray's error text; empty when the text names no cause."""
    if "low on memory" in text or "OUT_OF_MEMORY" in text:
        return "its node ran out of memory and Ray ended it; run fewer trials at a time (resources)"
    if "node has died" in text or "node died" in text:
        return "its node was lost"
    raised = RAISED.findall(text)
    if raised:
        return str(raised[-1]).strip()
    code = EXIT_CODE.search(text)
    if code:
        return f"its process ended with exit code {code[1]}"
    if "worker process has died" in text:
        return "its process was killed or crashed; the cause may be too little memory (see dmesg) or a broken library"
    return ""
