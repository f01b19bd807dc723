"""A sweep is planned and launched, and its real costs are compared with the forecast."""

import json

import pytest

from tests.rts_search.conftest import CommandLine

SETTINGS = (
    *("--set", "training.epochs=4", "--set", "dataset.num_train=256", "--set", "search={sampler: random, trials: 3}"),
    *("--set", "scheduler=none", "--set", "baselines=[sgd, pugd]"),
)


@pytest.mark.slow
def test_what_was_planned_is_what_is_launched(cli: CommandLine) -> None:
    facts = json.loads(cli.run("plan", "digits", *SETTINGS, "--json").stdout)
    assert {path.name for path in cli.results.iterdir()} == {"digits"}, "the measurement leaves no files"
    assert [path.name for path in (cli.results / "digits").iterdir()] == ["plan.json"]
    assert (facts["trials"], facts["step"]) == (5, "fused")
    costs = facts["costs"]
    assert 0 < costs["sgd_step"] < costs["pugd_step"] < 1
    assert costs["state_bytes"] > 100_000
    assert 10**8 < costs["memory_bytes"] < 10**10
    assert facts["seconds"] > costs["start"] > 0
    confirmation = facts["confirmation"]
    assert (confirmation["in_file"], confirmation["runs"]) == (False, [9 + 5 * 3, 9 + 5 * 3 * 3])
    assert confirmation["seconds"][1] > confirmation["seconds"][0] > costs["start"]

    told = cli.run("launch", "digits", *SETTINGS).stdout
    charged, spent = facts["charged"], facts["spent"]
    assert f"{charged:,} gradient evaluations charged ({charged:,} forecast, right)" in told
    assert f"({spent:,} forecast, " in told
    planned = json.loads((cli.results / "digits" / "plan.json").read_text())
    assert planned["real"]["seconds"] > 0
    assert {name: planned[name] for name in facts} == facts

    again = json.loads(cli.run("plan", "digits", *SETTINGS, "--json").stdout)
    assert again["spent"] == 0, "every epoch is in the store"
    assert json.loads((cli.results / "digits" / "plan.json").read_text()) == planned, "the first forecast stays"


def test_a_trial_that_fits_nowhere_is_refused(cli: CommandLine) -> None:
    told = cli.refused("plan", "digits", "--set", "resources.cpus_per_trial=4096")
    assert told.startswith("rts-search: resources: a trial needs 4096 CPUs and 0 GPUs on one node")
