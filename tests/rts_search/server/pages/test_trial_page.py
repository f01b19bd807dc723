"""The page of one trial."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from tests.rts_search.server.pages.sweeps_in_states import FINISHED, INTERRUPTED, InStates


def page(client: TestClient, number: int, name: str = FINISHED) -> str:
    answer = client.get(f"/sweeps/{name}/trials/{number}")
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def test_it_shows_place_curves_differences_cost_machine_and_states(local: TestClient) -> None:
    text = page(local, 3)
    assert "place 2 of 5" in text
    assert "+3.00" in text
    titles = re.findall(r"<figure>\s*<h3>(.*?)</h3>", text)
    assert titles == ["val_acc in %", "loss in nats", "learning rate", "radius", "scale", "norm of the gradient"]
    assert "the best of the search (<a" in text
    assert re.search(r"<th scope=\"row\">timing\.<wbr>switch_epoch</th><td class=\"strong\">4</td><td>6</td>", text)
    assert "pugd in epochs 1 to 8" in text
    assert "<dt>device</dt><dd>cpu</dd>" in text
    assert "after epoch 8" in text


def test_it_offers_an_export_that_can_be_read_and_commands_to_go_on(local: TestClient, states: InStates) -> None:
    text = page(local, 3)
    for link in re.findall(r'class="button" href="([^"]+)"', text):
        assert local.get(link).status_code == 200, link
    folder = states.swept.results.folder
    commands = re.findall(r"<pre data-copy>(.*?)</pre>", text)
    assert commands == [
        f"rts-search train {FINISHED} --trial 3 --test --results {folder}",
        f"rts-search train {FINISHED} --trial 3 --set training.epochs=16 --results {folder}",
        f"rts-search confirm {FINISHED} --top-k 2 --results {folder}",
        f"rts-search export {FINISHED} --trial 3 -o trial_3.yaml --results {folder}",
    ]


def test_a_baseline_and_an_unfinished_trial_have_a_page_too(local: TestClient) -> None:
    baseline = page(local, 0)
    assert "<span>sgd</span>" in baseline
    assert "rts-search confirm" not in baseline
    unfinished = page(local, 2, INTERRUPTED)
    assert "unfinished" in unfinished
    assert "trial 2: lost its worker" in unfinished


@pytest.mark.parametrize("number", ["5", "99999", "-1", "x"])
def test_a_trial_that_does_not_exist_is_told_of_on_a_page_with_the_navigation(local: TestClient, number: str) -> None:
    answer = local.get(f"/sweeps/{FINISHED}/trials/{number}")
    assert answer.status_code in (404, 422)
    assert 'aria-label="Pages"' in answer.text
    assert ">Sweeps</a>" in answer.text
