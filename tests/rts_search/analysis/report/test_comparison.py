"""Two sweeps side by side: settings that differ, and claims only where both confirmations establish them."""

import json
import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.analysis.report.comparison import Comparison, compare
from rts_search.analysis.report.comparison_table import WIDTH
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
from tests.rts_search.analysis.report.test_report import COMPARISON
from tests.rts_search.analysis.test_latex import parsed
from tests.rts_search.store.swept import Swept, keys
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
    planned.record_verdict(Verdict(4, seen_digest(study.trials()), (COMPARISON,), (), look=1, alpha=0.04).to_dict())


def compared(swept: Swept) -> Comparison:
    return compare(["one", "other"], Workspace(swept.results))


@pytest.mark.slow
def test_a_comparison_has_differing_settings_and_accuracy_at_equal_charged_cost(swept: Swept) -> None:
    found = compared(swept)
    assert found.differing["training.lr"] == (0.05, 0.03)
    assert "name" not in found.differing
    one, other = found.sides
    assert found.charged == min(one.charged, other.charged) < max(one.charged, other.charged)
    ended = [entry for entry in one.entries if entry.number <= 2 and not entry.baseline]
    assert one.reached(found.charged) == max(entry.value(ObjectiveConfig()) or 0.0 for entry in ended)
    assert one.reached(0) is None
    assert found.shared_epochs == 0


def test_a_sweep_is_not_compared_with_itself(swept: Swept) -> None:
    with pytest.raises(UserError, match="one: must be another sweep than the first"):
        compare(["one", "one"], Workspace(swept.results))


@pytest.mark.slow
def test_nothing_is_claimed_before_both_are_confirmed(swept: Swept) -> None:
    there = f" --results {swept.results.folder}`"
    first = f"not established; confirm first: `rts-search confirm one{there} and"
    assert first in compared(swept).winners[0].sentence()
    confirm(swept, "one", [0.95, 0.951, 0.952])
    assert compared(swept).winners[0].sentence().endswith(f"confirm first: `rts-search confirm other{there}.")
    confirm(swept, "other", [0.94], first_seed=3)
    assert "have 1 seed in common, and 2 are needed" in compared(swept).winners[0].sentence()


def test_a_difference_on_common_seeds_has_its_interval(swept: Swept) -> None:
    confirm(swept, "one", [0.950, 0.953, 0.949, 0.954])
    confirm(swept, "other", [0.941, 0.943, 0.940, 0.945])
    (found,) = compared(swept).winners
    assert [seed - FIRST_SEED["measuring"] for seed in found.seeds] == [0, 1, 2, 3]
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(0.00925)
    assert found.sentence().startswith("The winner of one beats that of other by 0.93 points (95 % interval 0.48 to")
    assert "4 common seeds, equal cost" in found.sentence()
    assert compare(["other", "one"], Workspace(swept.results)).winners[0].sentence() == found.sentence()


def test_a_difference_within_the_noise_is_not_claimed(swept: Swept) -> None:
    confirm(swept, "one", [0.950, 0.940, 0.949, 0.944])
    confirm(swept, "other", [0.941, 0.953, 0.940, 0.945])
    told = compared(swept).winners[0].sentence()
    assert told.startswith("Between the winners of one and other no difference is established")


def test_nothing_is_claimed_where_a_winner_diverged_on_a_common_seed(swept: Swept) -> None:
    confirm(swept, "one", [0.95, float("nan"), 0.952])
    confirm(swept, "other", [0.94, 0.94, 0.94])
    (found,) = compared(swept).winners
    told = "The winner of one diverged on a common seed: nothing is claimed."
    assert (found.sentence(), found.difference) == (told, None)


def test_other_data_are_never_compared(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    confirm(swept, "one", [0.95, 0.951])
    monkeypatch.setattr("tests.rts_search.store.swept.FACTS", replace(_facts(swept), fingerprint="of others"))
    third = swept.sweep("third")
    for _ in range(third.total):
        swept.train(third)
    confirm(swept, "third", [0.9, 0.91])
    tasks = f"rts-search tasks one third --results {swept.results.folder}"
    line = "third: dataset: must have the images, labels and split of one to be compared; for several data sets, "
    with pytest.raises(UserError, match=re.escape(f"{line}confirm each sweep and use `{tasks}`")):
        compare(["one", "third"], Workspace(swept.results))


def test_the_setting_that_makes_the_data_differ_is_named(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.rts_search.store.swept.FACTS", replace(_facts(swept), fingerprint="of others"))
    third = swept.sweep("third", "dataset={name: digits, num_train: 300}")  # val_fraction is 0.2, too
    for _ in range(third.total):
        swept.train(third)
    line = "third: dataset.num_train: must be that of one (not set) to be compared, but got 300; for several data sets"
    with pytest.raises(UserError, match=re.escape(line)):
        compare(["one", "third"], Workspace(swept.results))


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
    assert "Best accuracy against charged cost" in (tmp_path / "page.html").read_text()
    found = json.loads(run("one", "other", "--json"))
    assert (found["difference"], found["differing"]["training.lr"]) == (None, [0.05, 0.03])


LONG = "small_images.imagenette.resnet18_with_a_long_name"


@pytest.fixture(scope="module")
def several(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Those two confirmed, and a third that has all its epochs from a store; and one without a completed trial."""
    folder = tmp_path_factory.mktemp("several") / "results"
    shutil.copytree(trained, folder)
    made = Swept(Results(folder))
    third = made.sweep(LONG, "training.lr=0.1", "baselines=[sgd, pugd]")
    for _ in range(third.total):
        entry = third.open_trials.begin()
        for epoch, key in enumerate(keys(entry)):
            third.open_trials.record_epoch(entry.number, EpochEntry(epoch, key, "here", False, 8 * (epoch + 1), 0.03))
        third.open_trials.finish(entry.number, "COMPLETE")
    confirm(made, "one", [0.950, 0.953, 0.949, 0.954])
    confirm(made, "other", [0.941, 0.943, 0.940, 0.945])
    confirm(made, LONG, [0.951, 0.943, 0.950, 0.955])
    made.sweep("young")
    made.sweep("lossy", "objective={metric: val_loss}")
    lossy = SweepStudy.load(made.results.storage_url, "lossy").open_trials
    lossy.record_epoch(lossy.begin().number, EpochEntry(0, "lossy", "here", True, 8, 0.5, 0.7))
    lossy.finish(0, "COMPLETE")
    return made


def test_a_sweep_that_took_its_epochs_from_a_store_is_charged_for_them(several: Swept) -> None:
    found = compare(["one", LONG], Workspace(several.results))
    one, third = (row for row in found.rows if row.method == "rts")
    assert (third.charged, third.spent, third.best_at_equal_cost) == (one.charged, 0, third.best)
    assert found.charged == one.charged == 4 * 64
    assert found.sides[1].reached(found.charged - 1) is not None
    figure = found.figure()
    assert figure is not None
    assert [curve["x"][-1] for curve in figure.data] == [one.charged, third.charged]
    assert f"\n- 2: {LONG}\n" in found.markdown()
    assert "| 2 | rts | 4 of 4 | 256 | 0 | 3.00 |" in found.markdown()


def test_all_differences_of_a_table_are_corrected_together(several: Swept) -> None:
    found = compare(["one", "other", LONG], Workspace(several.results))
    pair = compare(["one", "other"], Workspace(several.results)).winners[0].difference
    one, other = (winner.difference for winner in found.winners)
    assert pair is not None
    assert one is not None
    assert other is not None
    assert (pair.level, one.level, one.established, other.established) == (0.95, 0.975, True, False)
    assert one.p == pytest.approx(2 * pair.p)
    assert one.low < pair.low < pair.mean < pair.high < one.high
    assert found.established()[0].endswith("corrected for all 2 differences of this table (Holm)).")
    rows = {row.sweep: row for row in found.rows if row.method == "rts"}
    assert (rows["one"].difference, rows["other"].difference) == (None, -one.mean)
    turned = compare(["one", "other", LONG], Workspace(several.results), against="other")
    assert [winner.second.name for winner in turned.winners] == ["one", LONG]
    assert {row.sweep: row.difference for row in turned.rows}["other"] is None
    assert max(map(len, found.markdown().splitlines()[10:])) <= 110
    assert max(len(line) for line in found.markdown().splitlines() if line.startswith("|")) <= WIDTH


def test_one_seed_alone_establishes_nothing(swept: Swept) -> None:
    confirm(swept, "one", [0.95, 0.96])
    confirm(swept, "other", [0.90, 0.91])
    told = compared(swept).winners[0].sentence()
    assert told.startswith("Between the winners of one and other no difference is established, since it depends on one")


def test_several_sweeps_that_are_not_confirmed_have_one_sentence(swept: Swept) -> None:
    swept.sweep("third")
    swept.train(SweepStudy.load(swept.results.storage_url, "third"))
    (told,) = compare(["one", "other", "third"], Workspace(swept.results)).established()
    hints = " ".join(compare(["one", "other"], Workspace(swept.results)).hints())
    assert "which sweep is better, only a confirmation says" in hints
    assert "differences are those between" not in hints, "there is no such column"
    assert told.startswith(
        "Of other, third no difference to one is established; confirm first: `rts-search confirm one"
    )


def test_the_command_compares_many_sweeps_and_writes_every_form(
    several: Swept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(tmp_path / f"table{form}") for form in (".md", ".csv", ".tex", ".html")]
    where = ["--results", str(several.results.folder)]
    written = [part for file in files for part in ("-o", file)]
    monkeypatch.setattr("sys.argv", ["rts-search", "compare", "one", "other", LONG, "--json", *written, *where])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    told = json.loads(capsys.readouterr().out)
    assert told["correction"] == {"method": "holm", "level": 0.95, "differences": 2}
    assert [(row["sweep"], row["method"]) for row in told["rows"]][4:] == [(LONG, "rts"), (LONG, "sgd"), (LONG, "pugd")]
    assert [row["spent"] for row in told["rows"]][-3:] == [0, 0, 0]
    frame = pd.read_csv(files[1])
    assert frame["training.lr"].tolist() == [0.05, 0.05, 0.03, 0.03, 0.1, 0.1, 0.1]
    assert frame["difference"].notna().tolist() == [False, False, True, False, True, False, False]
    for part in filter(None, Path(files[2]).read_text().split("\n\n")):
        columns, rows = parsed(part)
        assert {len(row) for row in rows} == {columns}
    page = Path(files[3]).read_text()
    assert f"<td>{LONG}</td>" in page or f">{LONG}</th>" in page


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["one", "other", "one"], "one: must be another sweep than the first of this name; name each sweep once"),
        (["one", "none"], "none: no sweep of this name has been launched"),
        (["one", "young"], "young: must have a completed trial to be compared, but has none yet; `rts-search"),
        (
            ["one", "lossy"],
            "lossy: objective.metric: must be that of one, 'val_acc', to be compared, but got 'val_loss'",
        ),
        (["one", "other", "--against", LONG], "--against: must be one of the sweeps that are compared (one, other)"),
        (["one", "-o", "table.pdf"], "--output: must end in .html, .md, .csv, .tex, but got 'table.pdf'"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(
    arguments: list[str],
    line: str,
    several: Swept,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["rts-search", "compare", *arguments, "--results", str(several.results.folder)])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert told.err.startswith(f"rts-search: {line}")
    assert told.err.count("\n") == 1


def _facts(swept: Swept) -> object:
    return SweepStudy.load(swept.results.storage_url, "one").data
