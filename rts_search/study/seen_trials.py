"""The digest of the trials that a verdict was computed from."""

import hashlib
import json
from collections.abc import Sequence

from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS


def seen_digest(entries: Sequence[TrialEntry]) -> str:
    """SHA-256 of the trials' states, settings and epochs, in hexadecimal digits; the same after a reload.

    It does not depend on times, on which trial computed a shared epoch, and on the text of reasons.
    """
    digest = hashlib.sha256()
    for entry in sorted(entries, key=lambda entry: entry.number):
        epochs = [[one.epoch, one.key, one.val_acc, one.gradient_evaluations] for one in entry.epochs]
        arm = entry.baseline or ("" if entry.arm == RTS else entry.arm)
        trial = [entry.number, entry.state, entry.held, arm, entry.config, entry.repeats, epochs]
        digest.update(json.dumps(trial, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()
