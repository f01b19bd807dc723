"""The bodies of the API's responses."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from rts_search.server.database.job_states import DRIVEN, Job
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import ObjectiveConfig
from trainables.core.settings.metrics import METRICS

State = Literal[
    "queued",
    "starting",
    "running",
    "stopping",
    "confirming",
    "finished",
    "budget used up",
    "interrupted",
    "failed",
    "damaged",
]


class Answer(BaseModel):
    """A body whose fields are described in the OpenAPI document by their docstrings."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class BestSoFar(Answer):
    """The best completed trial of the search."""

    trial: int
    val_acc: float
    """Validation accuracy of the epoch that counts, in [0, 1]."""
    metric: str
    """The metric by which it is the best, such as val_acc or val_loss."""
    value: float
    """Its value of this metric."""

    @property
    def shown(self) -> str:
        """The value as text with its unit, for pages."""
        return METRICS[self.metric].shown(self.value)


class BestBaseline(BestSoFar):
    """The best completed trial of all baselines."""

    arm: str
    """Name of the baseline, tuned or not."""


class RunningTrial(Answer):
    """A trial that has begun and has not ended."""

    trial: int
    epochs: int
    """Finished epochs."""
    of: int
    """Epochs of the whole trial."""


class RunningRun(Answer):
    """A run of a confirmation that has begun and has not ended."""

    run: int
    method: str
    """`contender 6`, after its trial in the search, or the name of a baseline."""
    epochs: int
    """Finished epochs."""
    of: int
    """Epochs of the whole run."""


class ConfirmationSummary(Answer):
    """How far a confirmation is while it runs."""

    runs: int
    """Runs that are planned so far; 0 before the first plan. More may be planned when these have ended."""
    runs_at_most: int | None
    """Most runs that it can have in all; null where its settings are not known, since the command line gave them."""
    ended: int
    """Runs that have ended."""
    trained_seconds: float
    """How long at least one run was being trained, at the time `as_of` of the sweep."""
    left_seconds: float | None
    """About how long the planned runs take from then on; null unless a run is being trained and one has ended."""
    running: list[RunningRun]
    doing: str
    """The last line that the driver has printed, while no run is being trained; empty otherwise."""

    @property
    def shown(self) -> str:
        """`run 3 of 9`, or what the driver does while none trains; for pages."""
        if self.doing or not self.running:
            return self.doing or "starting"
        return f"run {min(self.ended + len(self.running), self.runs):,} of {self.runs:,}"

    @property
    def sentence(self) -> str:
        """How many runs it trains and how many have ended; for pages."""
        ended = f"{self.ended:,} {'has' if self.ended == 1 else 'have'} ended"
        if self.runs_at_most is None:
            return f"{self.runs:,} runs of the confirmation are planned; {ended}."
        return f"The confirmation trains up to {self.runs_at_most:,} runs; {ended}."


class SweepSummary(Answer):
    """The state and the progress of a sweep."""

    sweep: str
    state: State
    message: str
    """Why the sweep failed, was interrupted or waits, or what is damaged; empty when there is nothing to say."""
    owner: str
    """The user who launched the sweep; empty when the command line did."""
    launched_by: str
    """The same, or the user of the machine whose command line launched it; empty in sweeps of earlier versions."""
    dataset: str
    model: str
    started: float | None
    """Begin of the first trial, in seconds since 1970; null before."""
    ended: float | None
    """End of the last trial that has ended, in seconds since 1970."""
    trained_seconds: float
    """How long at least one trial was being trained, at the time `as_of`. Runs of a confirmation do not count."""
    training: bool
    """Whether a trial, or a run of the confirmation, was being trained at that time."""
    left_seconds: float | None
    """About how long the trials that are left take, from `as_of` on, or the planned runs of a confirmation; null unless
    one is being trained and one has ended."""
    as_of: float
    """When the sweep was read, in seconds since 1970; 0 without a study."""
    running: list[RunningTrial]
    confirmation: ConfirmationSummary | None
    """How far the confirmation is; null unless the sweep is being confirmed."""
    trials: int
    """Trials of the whole sweep, including the baselines."""
    completed: int
    stopped_early: int
    failed: int
    unfinished: int
    epochs: int
    """Epochs of a trial that is not stopped early."""
    best: BestSoFar | None
    best_baseline: BestBaseline | None
    lead: str
    """How the best trial compares with the best baseline, such as `0.42 points better than sgd (trial 0)`; empty as
    long as one of them is missing."""
    can_confirm: bool
    """Whether a confirmation can begin now."""
    gradient_evaluations: int
    """Gradient evaluations charged: each trial counts as if it had shared no epoch."""
    gradient_evaluations_spent: int
    """Gradient evaluations computed; epochs that trials share count once."""
    confirmed: str | None
    """The verdict of the confirmation in one sentence; null when there is none, or when it no longer holds."""
    verdict_outdated: str
    """Why the verdict no longer holds, and how to confirm again; empty otherwise."""
    can_resume: bool
    version: str
    """Changes whenever the study of the sweep changes."""


class TrialView(Answer):
    """One trial."""

    number: int
    """Counted from 0."""
    state: Literal["COMPLETE", "PRUNED", "FAIL", "RUNNING"]
    """PRUNED: stopped early for good."""
    baseline: str
    """Name of the baseline without tuning; empty for a trial of an arm."""
    arm: str
    """The method: rts, or the name of a baseline, tuned or not."""
    config: dict[str, Any] | None
    """All settings of the trial; null when it was interrupted before they were drawn."""
    reason: str
    """Why the trial ended; empty for a completed or a running one."""
    held: bool
    """Whether the trial was stopped early and may continue later."""
    repeats: int | None
    """Number of the earlier trial with the same settings that this one repeats on another seed."""
    epochs: int
    """Finished epochs."""
    val_acc: float | None
    """Validation accuracy in [0, 1], of the epoch that the sweep's objective chooses; null before the first epoch."""
    value: float | None
    """Value of the sweep's metric in that epoch; null before the first epoch."""
    gradient_evaluations: int
    """Gradient evaluations charged."""
    gradient_evaluations_spent: int
    """Gradient evaluations that this trial computed itself."""


class TrialPage(Answer):
    """One page of the list of trials."""

    total: int
    """Trials of the sweep so far."""
    trials: list[TrialView]


class EpochView(Answer):
    """One epoch of a trial."""

    epoch: int
    """Counted from 0."""
    val_acc: float
    """Validation accuracy in [0, 1]."""
    val_loss: float | None
    """Validation loss in nats; null, as the three below, in sweeps of earlier versions."""
    balanced_accuracy: float | None
    """In [0, 1]."""
    macro_f1: float | None
    """In [0, 1]."""
    top5_acc: float | None
    """In [0, 1]; null with fewer than 5 classes, too."""
    gradient_evaluations: int
    """Gradient evaluations of the trial up to the end of this epoch."""
    spent: bool
    """Whether this trial computed the epoch; false when it took it from another trial."""


class JobView(Answer):
    """A job in the queue of the service, or one that has left it."""

    id: int
    """Number of the job."""
    kind: Literal["launch", "resume", "confirm", "plan"]
    sweep: str
    state: Literal["queued", "running", "finished", "stopped", "failed", "lost", "cancelled"]
    """lost: its driver ended before its work was done; cancelled: taken out of the queue."""
    message: str
    """Why the job failed or was lost, or what it waits for; empty when there is nothing to say."""


class PlanView(Answer):
    """A job that forecasts the cost of a sweep, with the forecast when it has finished."""

    job: JobView
    forecast: dict[str, Any] | None
    lines: list[str]
    """The forecast as text."""
    progress: list[str]
    """What the job has said so far of what it does, at most the last 20 lines."""


def job_view(job: Job) -> JobView:
    """The response for a job. It runs from the moment in which it is taken from the queue."""
    state = "running" if job.state in DRIVEN else job.state
    return JobView.model_validate({**{name: getattr(job, name) for name in JobView.model_fields}, "state": state})


def trial_view(entry: TrialEntry, objective: ObjectiveConfig) -> TrialView:
    """The response for a trial, with the values of the epoch that counts by the objective."""
    chosen = entry.chosen(objective)
    return TrialView(
        number=entry.number,
        state=entry.state,  # type: ignore[arg-type]
        baseline=entry.baseline,
        arm=entry.arm,
        config=entry.config,
        reason=entry.reason,
        held=entry.held,
        repeats=entry.repeats,
        epochs=len(entry.epochs),
        val_acc=None if chosen is None else chosen.val_acc,
        value=entry.value(objective),
        gradient_evaluations=entry.cost,
        gradient_evaluations_spent=entry.spent,
    )
