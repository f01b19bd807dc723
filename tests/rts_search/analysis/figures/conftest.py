"""A sweep whose trials differ in many settings, for the figures."""

import pytest

from rts_search.analysis.figures import SweepView
from rts_search.basics.results_folder import Results
from tests.rts_search.store.swept import Swept

RADIUS = (
    "{shape: [constant, cosine, sine], value: {uniform: [0.5, 2]}, beta_min: {uniform: [0.1, 0.5]}, beta_max: [1, 2]}"
)


@pytest.fixture(scope="package")
def view(tmp_path_factory: pytest.TempPathFactory) -> SweepView:
    """14 completed trials, each better than the one before, and the baseline sgd."""
    swept = Swept(Results(tmp_path_factory.mktemp("swept") / "results"))
    space = f"space={{radius: {RADIUS}, timing: {{switch_epoch: [0, 2, 4, 6]}}}}"
    study = swept.sweep("mine", space, "search={sampler: random, trials: 14, seed: 3}")
    for _ in range(study.total):
        swept.train(study)
    return SweepView.of(study)
