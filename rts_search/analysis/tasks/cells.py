"""One cell of a table over tasks: the confirmed winner of a sweep beside its rivals, on the same seeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rts_search.analysis.confirmation.decisions import Sample
from rts_search.analysis.confirmation.tested_runs import Run, at_least, label_of, runs_of
from rts_search.analysis.confirmation.verdict import Comparison, Verdict
from rts_search.analysis.report.side import Side
from rts_search.analysis.tasks.names import data_name
from rts_search.basics.errors import UserError
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.data_facts import DataFacts
from rts_search.study.workspace import Workspace
from rts_search.sweep.baselines import RTS
from rts_search.sweep.over import label
from rts_search.sweep.sweep import SweepFile
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.metrics import Metric


@dataclass(frozen=True)
class Cell:
    """One task: a data set and a model."""

    sweep: str
    dataset: str
    model: str
    metric: Metric
    image: float
    """Value of one image of the test part, 1 / number of images; 0 for a loss."""
    alpha: float
    """Share of the 5 % that the look spent whose runs these are."""
    samples: Mapping[str, Sample]
    """Rival -> test values of the winner and of the rival; of a loss the negative, so that more is better."""
    costs: Mapping[str, tuple[float | None, float | None]]
    """Rival -> mean gradient evaluations of a run of the winner and of the rival; None where none was trained whole."""
    configs: Mapping[str, TrialConfig] = field(default_factory=dict)
    """rts or a rival -> config of one of its runs."""
    data: DataFacts | None = None
    """What was known of the data at the launch."""
    file: SweepFile | None = None
    """The sweep as it was launched."""


def cell_of(name: str, workspace: Workspace) -> Cell:
    """Read a confirmed sweep. Raises: UserError: it has no verdict that holds, or runs of it are missing."""
    side = Side.of(name, workspace)
    if side.current.verdict is None:
        raise UserError(f"{name}: must be confirmed, to have its methods measured on new seeds: {side.way_to_verdict}")
    verdict, study = Verdict.from_dict(side.current.verdict), side.study
    confirmation = ConfirmationStudy.load(workspace.storage_url, name)
    metric = study.sweep.objective.measure
    values = runs_of(confirmation, metric)
    own = values.get(str(verdict.winner), {})
    labels = {
        RTS: str(verdict.winner),
        **{one.baseline: label_of(one.baseline, one.baseline_trial) for one in verdict.own},
    }
    configs = {entry.baseline: entry.settings for entry in confirmation.trials() if entry.config is not None}
    return Cell(
        name,
        data_name(study.sweep.dataset),
        label(study.sweep.model.to_dict()),
        metric,
        1.0 / study.data.test_images if metric.is_share else 0.0,
        verdict.alpha,
        {one.baseline: _sample(name, one, own, values, metric) for one in verdict.own},
        {one.baseline: (one.gradient_evaluations, one.baseline_gradient_evaluations) for one in verdict.own},
        {method: configs[run] for method, run in labels.items() if run in configs},
        study.data,
        study.sweep,
    )


def _sample(
    name: str,
    one: Comparison,
    own: Mapping[int, list[Run]],
    values: Mapping[str, Mapping[int, list[Run]]],
    metric: Metric,
) -> Sample:
    label = label_of(one.baseline, one.baseline_trial)
    others = values.get(label, {})
    seeds = sorted(own.keys() & others.keys())
    if len(seeds) < one.seeds:
        raise UserError(f"{name}: must have the runs of its verdict, but {label} has {len(seeds)} of {one.seeds} seeds")
    pairs = [(own[seed][0], at_least(others[seed], own[seed][0][1])) for seed in seeds[: one.seeds]]
    sign, first, second = metric.gain(1.0), *zip(*((mine[0], other[0]) for mine, other in pairs), strict=True)
    return Sample(sign * np.array(first), sign * np.array(second), not one.missing, "", one.tuning_luck or 0.0)
