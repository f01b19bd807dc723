"""Every name under which a sweep is kept in Optuna's database.

The names are on disk: a changed name loses what earlier versions have written.
"""

# A sweep's study

SWEEP = "sweep"
"""The sweep file as plain values."""
DATA = "data"
"""Facts about the data at the launch: `DataFacts` as plain values."""
MODEL_SOURCE = "model_source"
"""Hash of the file of a user's own model at the launch; null for other models."""
MODEL_WEIGHTS = "model_weights"
"""Identity of the pretrained weights at the launch; null without any, missing in studies of earlier versions."""
MODEL_TOLD = "model_told"
"""The size of the model at the launch and what `model.bsconv` has changed, in words; missing in earlier versions."""
LAUNCHED_BY = "launched_by"
"""Name of the user whose process launched the sweep; missing in studies of earlier versions."""
EXECUTOR = "executor"
"""Where its trials were trained last: `ray` or `inline`; missing in studies of earlier versions."""
MODULES = "modules"
"""Folder of the user's own model or data set at the launch; missing without any, and in earlier versions."""
RESULTS = "results"
"""Results folder of a study that is kept in another place; null for a study in the folder itself."""
IDENTITY = "identity"
"""12 hexadecimal digits that no other sweep has, even one of the same name."""
DRIVER = "driver"
"""The lease of the process that drives the sweep, or drove it last: `LeaseRow` as plain values."""
STOP = "stop"
"""Word of the lease whose driver is asked to stop."""
NAMED_RUNS = "named_runs"
"""Number of trials that earlier versions began: their runs in trackers are known by the sweep's name."""
FORMAT = "rts_search"
"""Version of these names. It is written last: a study without it was never begun, or is not ours."""
TIMES = "times"
"""Seconds and GPU seconds that the sweep has taken."""
BEGUN = "begun"
"""Number of trials that have been drawn at least; missing in studies of earlier versions."""
CHECKSUMS = "checksums"
"""Name of an attribute of the study -> checksum of its text; missing in studies of earlier versions."""
TEST = "test:"
"""Prefix, with a trial's number: its accuracy on the test part, and the number of epochs that it is of."""
WARM_START = "warm_start:"
"""Prefix, with the index of the first result: up to 100 results of an earlier sweep."""

# A confirmation's study, besides those of a sweep's

PART_OF_CONFIRMATION = ":confirm"
"""What follows the sweep's name in the name of its confirmation's study."""
RUN = "run:"
"""Prefix, with a run's number: its label and config, written when it is planned."""
LOOK = "look:"
"""Prefix, with an index: one judgement."""
SEEDS = "seeds"
"""Seeds by purpose: screening and measuring."""
PLANNED_ALPHA = "planned_alpha"
"""Share of the error rate that each planned look may spend."""
UNTESTED = "untested"
"""Run number -> how often its accuracy on the test part could not be read."""
VERDICT = "verdict"
"""The last verdict as plain values."""

# A trial

CONFIG = "config"
"""The trial's `TrialConfig` as plain values; written when everything is drawn."""
BASELINE = "baseline"
"""Name of a baseline; missing for other trials."""
ARM = "arm"
"""Name of the arm whose trial it is; written with the trial itself, and only in sweeps with tuned arms."""
PLACE_IN_ARM = "place_in_arm"
"""Number of the arm's trials that began before this one; written with `ARM`."""
REPEATS = "repeats"
"""Number of the trial that this one repeats on another seed; missing for other trials."""
EPOCH = "epoch:"
"""Prefix, with an epoch from 0: `EpochEntry` as plain values."""
TURNS = "turns"
"""Begin and end of each turn in which the trial had a worker; missing for a trial with a single turn."""
HELD = "held"
"""Number of epochs after which the trial was stopped and may go on."""
PASSED = "passed"
"""Number of epochs after which the trial was judged and goes on, at once or later."""
REASON = "reason"
"""Why the trial ended; missing for completed trials."""
SHORT_OF_MEMORY = "short_of_memory"
"""True once the trial has run out of memory."""
CHECKSUM = "checksum"
"""Checksums of the trial's record by name: `drawn` and, once it has ended, `ended`; missing in earlier versions."""
IN_VAIN = "in_vain"
"""Gradient evaluations that the trial computed besides those of its epochs; missing for none."""

# A trial, among Optuna's own attributes

DRAWN = "rts_search:drawn"
"""Everything that was drawn for the trial, used or not."""
CONSTRAINT = "constraints:diverged"
"""Optuna's samplers read a constraint here, > 0 when it is violated. Shown to samplers, never written."""
GENERATION = "NSGAIISampler:generation"
"""Optuna's nsga2 reads here to which generation a trial belongs; shown with the results of an earlier sweep."""


def test_name(number: int) -> str:
    """Name of a trial's accuracy on the test part."""
    return f"{TEST}{number}"


def warm_start_name(first: int) -> str:
    """Name of the results of an earlier sweep from this index on."""
    return f"{WARM_START}{first:06d}"


def run_name(number: int) -> str:
    """Name of a planned run."""
    return f"{RUN}{number:06d}"


def look_name(index: int) -> str:
    """Name of a judgement, counted from 0."""
    return f"{LOOK}{index:06d}"


def epoch_name(epoch: int) -> str:
    """Name of an epoch, counted from 0."""
    return f"{EPOCH}{epoch:06d}"


def number_in(name: str) -> int:
    """The number behind the prefix of a name."""
    return int(name.partition(":")[2])
