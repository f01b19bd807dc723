"""A trial in a notebook is what the command line tells of it."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rts_search import Sweep
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from tests.rts_search.environment import plain_environment
from tests.rts_search.in_this_process import run_in_this_process
from tests.rts_search.store.swept import Swept


@pytest.mark.slow
def test_a_trial_has_its_record_its_epochs_and_its_export(small: Sweep, results: Path) -> None:
    trial = small.trial(2)
    row = small.table(all_columns=True).iloc[2]
    assert (trial.number, trial.arm, trial.state, trial.reason) == (2, "rts", "completed", "")
    assert (trial.metric, trial.value, trial.val_acc) == ("val_acc", row["val_acc"], row["val_acc"])
    assert trial.gradient_evaluations == row["gradient_evaluations"]
    assert trial.config["training"]["epochs"] == trial.settings.training.epochs == 3
    epochs = trial.epochs()
    assert list(epochs["epoch"]) == [0, 1, 2]
    assert epochs["val_acc"].iloc[-1] == trial.val_acc
    words = ["export", "small", "--trial", "2", "--format", "json", "--results", str(results)]
    assert trial.export() == json.loads(run_in_this_process(words, plain_environment()).stdout)
    assert repr(trial) == f"Trial('small', 2: rts, completed, val_acc {100 * row['val_acc']:.2f} %)"


@pytest.mark.slow
def test_its_differences_are_those_to_the_best_and_to_the_best_baseline(small: Sweep) -> None:
    best = small.best()["provenance"]["trial"]
    other = next(number for number in (1, 2, 3) if number != best)
    found = small.trial(other).differences()
    assert list(found) == ["setting", f"trial {other}", f"best (trial {best})", "sgd (trial 0)"]
    assert "radius.shape" in set(found["setting"])
    assert not found["setting"].str.startswith("dataset.").any()
    assert list(small.trial(best).differences()) == ["setting", f"trial {best}", "sgd (trial 0)"]


@pytest.mark.slow
def test_its_frame_is_html_without_anything_from_elsewhere(small: Sweep) -> None:
    shown = small.trial(3)._repr_html_()
    HTMLParser().feed(shown)
    assert "<strong>small: trial 3 (rts)</strong>" in shown
    assert "radius.shape" in shown
    assert not any(word in shown for word in ("<script", "<link", "src=", "href="))


def test_a_trial_without_an_epoch_has_no_model(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    swept.train(study, epochs=0, state="RUNNING")
    trial = Sweep.load("mine", swept.results.folder).trial(0)
    assert (trial.state, trial.value, trial.val_acc) == ("unfinished", None, None)
    assert repr(trial) == "Trial('mine', 0: sgd, unfinished)"
    with pytest.raises(UserError, match="mine: trial 0: must have trained an epoch, but has none"):
        trial.model()
    assert trial.epochs().empty
    assert trial.log() == []


def test_the_log_of_a_trial_has_the_lines_about_it(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    swept.train(study)
    log = swept.results.sweep("mine").log
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("[1/5] trial 0 (sgd) completed val_acc 0.9\n[2/5] trial 10 completed\n")
    assert Sweep.load("mine", swept.results.folder).trial(0).log() == ["[1/5] trial 0 (sgd) completed val_acc 0.9"]
