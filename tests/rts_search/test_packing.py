"""`auto`: numbers for the cluster at hand, settled once and kept with the sweep."""

import pytest
import yaml

from rts_search.tuning.packing import cores_of, share_of_gpu
from tests.rts_search.conftest import CommandLine
from tests.rts_search.sweep_files import refusal

GIGABYTE = 2**30


@pytest.mark.parametrize(
    ("taken", "share"),
    [(79, 1.0), (41, 1.0), (36, 0.5), (24, 0.3333), (2, 0.125), (0.1, 0.125)],
)
def test_as_many_trials_share_a_gpu_as_its_memory_holds_with_a_reserve(taken: float, share: float) -> None:
    assert share_of_gpu(int(taken * GIGABYTE), 80 * GIGABYTE) == share


@pytest.mark.parametrize(
    ("node", "gpus", "wanted", "cores"),
    [
        ({"CPU": 16.0}, 0.0, 40, 1.0),  # trials enough: a core for each
        ({"CPU": 16.0}, 0.0, 4, 4.0),  # few trials: all cores are used
        ({"CPU": 2.0}, 0.0, 27, 1.0),
        ({"CPU": 16.0, "GPU": 1.0}, 0.25, 40, 4.0),  # four on the GPU
        ({"CPU": 16.0, "GPU": 1.0}, 0.25, 2, 8.0),
        ({"CPU": 16.0, "GPU": 2.0}, 1.0, 40, 8.0),
        ({"CPU": 4.0, "GPU": 1.0}, 0.125, 40, 1.0),  # the cores hold fewer than the GPU
    ],
)
def test_the_cores_of_a_node_are_shared_among_the_trials_on_it(
    node: dict[str, float], gpus: float, wanted: float, cores: float
) -> None:
    assert cores_of(node, gpus, wanted) == cores


def test_a_launch_settles_auto_and_keeps_the_numbers(cli: CommandLine) -> None:
    resources = "resources={cpus_per_trial: auto, gpus_per_trial: auto}"
    small = ("training.epochs=1", "dataset.num_train=128", "search.trials=2", "baselines=[]")
    settings = [word for setting in (resources, *small) for word in ("--set", setting)]
    assert "2 trials, " in cli.run("launch", "digits", *settings).stdout
    kept = yaml.safe_load((cli.results / "digits" / "sweep.yaml").read_text())["resources"]
    assert kept["gpus_per_trial"] == 0.0
    assert kept["cpus_per_trial"] >= 1.0


def test_other_words_are_refused() -> None:
    line = refusal("digits", "resources.gpus_per_trial=most")
    assert line == "--set: resources.gpus_per_trial: must be a number or auto, but got 'most'"
