"""What a verdict has seen of its sweep: the exact states and values of the trials, as a digest."""

import hashlib
import json
from collections.abc import Sequence

from rts_search.study.trials import TrialEntry


def seen_digest(entries: Sequence[TrialEntry]) -> str:
    """SHA-256 of the trials' states, settings and epochs, in hexadecimal digits; the same for the same after a reload.

    Not in it: when something happened, which trial computed an epoch that several share, and words (why a trial
    failed).
    """
    digest = hashlib.sha256()
    for entry in sorted(entries, key=lambda entry: entry.number):
        epochs = [[one.epoch, one.key, one.val_acc, one.gradient_evaluations] for one in entry.epochs]
        trial = [entry.number, entry.state, entry.held, entry.baseline, entry.config, entry.repeats, epochs]
        digest.update(json.dumps(trial, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()
