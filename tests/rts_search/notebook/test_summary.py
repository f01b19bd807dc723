"""The frame of a sweep tells its state, its best and its verdict; it never raises."""

import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rts_search import Sweep
from rts_search.basics.results_folder import Results
from tests.rts_search.store.swept import Swept


def text_of(html: str) -> str:
    texts: list[str] = []
    parser = HTMLParser()
    parser.handle_data = texts.append  # type: ignore[method-assign]
    parser.feed(html)
    return " ".join(texts)


def test_it_grows_with_the_sweep(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    sweep = Sweep.load("mine", swept.results.folder)
    assert "interrupted, small on digits" in text_of(sweep._repr_html_())
    assert "no completed trial yet" in text_of(sweep._repr_html_())
    for _ in range(study.total):
        swept.train(study)
    told = text_of(sweep._repr_html_())
    assert "finished, small on digits" in told
    assert "5 of 5 trials ended" in told
    assert "best: val_acc 3.00 % (trial 4), 4.00 points better than sgd (trial 0)" in told
    assert f"To test it: rts-search confirm mine --results {swept.results.folder}" in told
    assert len(sweep._repr_html_()) < 2000


def test_a_sweep_that_cannot_be_read_any_more_says_why(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    swept.sweep("mine")
    sweep = Sweep.load("mine", swept.results.folder)
    shutil.rmtree(swept.results.folder)
    assert "cannot be read" in sweep._repr_html_()


@pytest.mark.slow
def test_the_frame_of_a_trained_sweep_asks_for_nothing_from_elsewhere(small: Sweep) -> None:
    assert not any(word in small._repr_html_() for word in ("<script", "<link", "src=", "href=", "<style"))
