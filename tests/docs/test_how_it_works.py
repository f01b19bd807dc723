"""The drawing of addresses in docs/how_it_works.md shows the addresses that the code gives."""

from dataclasses import replace

from rts_search.basics.results_folder import Results
from rts_search.sweep.sweep import trial_config
from rts_search.sweep.sweep_file import load_sweep
from tests.docs.documents import ROOT, blocks, text_of
from trainables.core.history.lineage import foreseen, start_key
from trainables.core.settings.config import ScheduleConfig, TimingConfig

EPOCHS = 4
TRIALS = {
    "SGD": (EPOCHS, 1.0),
    "switch_epoch 2, radius 1": (2, 1.0),
    "switch_epoch 2, radius 3": (2, 3.0),
    "PUGD (switch_epoch 0)": (0, 1.0),
}
"""What the drawing calls a trial -> its switch epoch and radius."""


def drawing() -> str:
    """A row for each trial: its addresses after each epoch, in brackets where a trial above has trained them."""
    sweep = load_sweep("digits", [f"training.epochs={EPOCHS}", "space={}", "search={sampler: random, trials: 1}"])
    plain = trial_config(sweep, sweep.space.draw(lambda _name, domain: domain.values()[0]))
    trained: set[str] = set()
    rows = [f"{'':28}" + "".join(f"{f'epoch {epoch}':10}" for epoch in range(1, EPOCHS + 1)).rstrip()]
    for name, (switch, radius) in TRIALS.items():
        timing = TimingConfig(switch_epoch=switch)
        config = replace(plain, radius=ScheduleConfig(value=radius), timing=timing)
        keys = [key for key, _ in foreseen(config, start_key(config, "the images"), switch)]
        shown = [f"({key[:6]})" if key in trained else f" {key[:6]} " for key in keys]
        rows.append(f"{name:27}" + "  ".join(shown).rstrip())
        trained.update(keys)
    return "\n".join(rows) + "\n"


def test_the_drawing_shows_the_addresses_that_the_code_gives() -> None:
    assert drawing() in blocks("docs/how_it_works.md", "text")


def test_the_drawing_of_the_parts_names_the_files_that_there_are() -> None:
    results, text = Results(ROOT / "results"), text_of("docs/how_it_works.md")
    for path in (results.storage_url.removeprefix("sqlite:///"), results.store_url):
        assert f"results/{path.rstrip('/').rpartition('/')[2]}" in text
