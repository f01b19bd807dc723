"""Two sweeps side by side: settings that differ, and claims only where both confirmations establish them."""

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis.report.comparison import Comparison, compare
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.cli import main
from rts_search.study.confirmation_seeds import FIRST_SEED
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.planned_runs import PlannedRun
from rts_search.study.seen_trials import seen_digest
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry
from rts_search.study.workspace import Workspace
from rts_search.sweep.sections import ObjectiveConfig
from tests.rts_search.store.swept import Swept
from trainables.core.settings.config import TrialConfig


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of two sweeps, the other with another learning rate and half as many trials."""
    made = Swept(Results(tmp_path_factory.mktemp("trained")))
    one, other = made.sweep("one"), made.sweep("other", "training.lr=0.03", "search={sampler: random, trials: 2}")
    for study in (one, other):
        for _ in range(study.total):
            made.train(study)
    return made.results.folder


@pytest.fixture
def swept(trained: Path, tmp_path: Path) -> Swept:
    """A copy of them."""
    shutil.copytree(trained, tmp_path / "results")
    return Swept(Results(tmp_path / "results"))


def confirm(swept: Swept, name: str, accuracies: Sequence[float], first_seed: int = 1) -> None:
    """A confirmation whose winner, trial 2, has these test accuracies from its n-th seed on; NaN where it diverged."""
    study = SweepStudy.load(swept.results.storage_url, name)
    config = TrialConfig.from_dict(study.trials()[2].config or {})
    planned = ConfirmationStudy.of(swept.results.storage_url, study)
    seeds = planned.seeds("measuring", first_seed - 1 + len(accuracies), frozenset())[first_seed - 1 :]
    runs = [replace(config, training=replace(config.training, seed=seed)) for seed in seeds]
    planned.plan(PlannedRun("2", run) for run in runs)
    for accuracy in accuracies:
        trials = planned.open_trials
        entry = trials.begin()
        trials.record_epoch(entry.number, EpochEntry(0, f"{name}{entry.number}", "here", True, 8, 0.5))
        if math.isnan(accuracy):
            trials.finish(entry.number, "FAIL", "diverged: not finite")
            continue
        trials.finish(entry.number, "COMPLETE")
        planned.record_test(entry.number, 1, {"test_acc": accuracy})
    told = {"winner": 2, "sentence": "", "selected_among": 4, "out_of_reach": [], "comparisons": []}
    planned.record_verdict({**told, "seen": seen_digest(study.trials())})


def compared(swept: Swept) -> Comparison:
    return compare("one", "other", Workspace(swept.results))


@pytest.mark.slow
def test_a_comparison_has_differing_settings_and_accuracy_at_equal_spending(swept: Swept) -> None:
    found = compared(swept)
    assert found.differing["training.lr"] == (0.05, 0.03)
    assert "name" not in found.differing
    spent = [side.facts["gradient_evaluations_spent"] for side in (found.first, found.second)]
    assert found.spent == min(spent) < max(spent)
    ended = [entry for entry in found.first.entries if entry.number <= 2 and not entry.baseline]
    assert found.first.reached(found.spent) == max(entry.value(ObjectiveConfig()) or 0.0 for entry in ended)
    assert found.first.reached(0) is None
    assert found.shared_epochs == 0


def test_a_sweep_is_not_compared_with_itself(swept: Swept) -> None:
    with pytest.raises(UserError, match="one: must be another sweep than the first"):
        compare("one", "one", Workspace(swept.results))


@pytest.mark.slow
def test_nothing_is_claimed_before_both_are_confirmed(swept: Swept) -> None:
    assert "not established; confirm first: `rts-search confirm one` and" in compared(swept).winners.sentence()
    confirm(swept, "one", [0.95, 0.951, 0.952])
    assert compared(swept).winners.sentence().endswith("confirm first: `rts-search confirm other`.")
    confirm(swept, "other", [0.94], first_seed=3)
    assert "have 1 seed in common, and 2 are needed" in compared(swept).winners.sentence()


def test_a_difference_on_common_seeds_has_its_interval(swept: Swept) -> None:
    confirm(swept, "one", [0.950, 0.953, 0.949, 0.954])
    confirm(swept, "other", [0.941, 0.943, 0.940, 0.945])
    found = compared(swept).winners
    assert [seed - FIRST_SEED["measuring"] for seed in found.seeds] == [0, 1, 2, 3]
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(0.00925)
    assert found.sentence().startswith("The winner of one beats that of other by 0.93 points (95 % interval 0.48 to")
    assert "4 common seeds, equal cost" in found.sentence()
    assert compare("other", "one", Workspace(swept.results)).winners.sentence() == found.sentence()


def test_a_difference_within_the_noise_is_not_claimed(swept: Swept) -> None:
    confirm(swept, "one", [0.950, 0.940, 0.949, 0.944])
    confirm(swept, "other", [0.941, 0.953, 0.940, 0.945])
    told = compared(swept).winners.sentence()
    assert told.startswith("Between the winners of one and other no difference is established")


def test_nothing_is_claimed_where_a_winner_diverged_on_a_common_seed(swept: Swept) -> None:
    confirm(swept, "one", [0.95, float("nan"), 0.952])
    confirm(swept, "other", [0.94, 0.94, 0.94])
    found = compared(swept).winners
    told = "The winner of one diverged on a common seed: nothing is claimed."
    assert (found.sentence(), found.difference) == (told, None)


def test_other_data_are_never_compared(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    confirm(swept, "one", [0.95, 0.951])
    monkeypatch.setattr("tests.rts_search.store.swept.FACTS", replace(_facts(swept), fingerprint="of others"))
    third = swept.sweep("third")
    for _ in range(third.total):
        swept.train(third)
    confirm(swept, "third", [0.9, 0.91])
    found = compare("one", "third", Workspace(swept.results)).winners
    assert (found.sentence(), found.difference) == (
        "The accuracies of one and third cannot be compared: their data differ.",
        None,
    )


def test_the_command_prints_a_table_json_and_a_page(
    swept: Swept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["rts-search", "compare", *arguments, "--results", str(swept.results.folder)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (0, None), capsys.readouterr().err
        return capsys.readouterr().out

    text = run("one", "other", "-o", str(tmp_path / "page.html"))
    assert "| training.lr | 0.05 | 0.03 |" in text
    assert "Accuracy against what was spent" in (tmp_path / "page.html").read_text()
    found = json.loads(run("one", "other", "--json"))
    assert (found["difference"], found["differing"]["training.lr"]) == (None, [0.05, 0.03])


def _facts(swept: Swept) -> object:
    return SweepStudy.load(swept.results.storage_url, "one").data
