"""`list` shows all sweeps in the width of the terminal; `delete` removes one and leaves what others use."""

import json
from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from scripts.terminal_captures import captured
from tests.rts_search.analysis.confirmation.test_current import confirm
from tests.rts_search.conftest import CommandLine
from tests.rts_search.environment import plain_environment
from tests.rts_search.store.swept import Swept, all_of, swept_from

VERDICT = "Trial 2 (radius cosine 0.1→1, switch 6, scale 1) beats sgd"


@pytest.fixture
def swept(cli: CommandLine, tables: Path) -> Swept:
    return swept_from(tables, cli.results)


def test_no_sweeps(cli: CommandLine) -> None:
    assert "no sweeps yet. Try: rts-search launch digits --results" in cli.run("list").stdout
    assert json.loads(cli.run("list", "--json").stdout) == []


def test_the_list_has_the_state_the_best_and_the_best_baseline(cli: CommandLine, swept: Swept) -> None:
    all_of(swept, swept.sweep("done"))
    swept.train(swept.sweep("begun"), epochs=2, state="RUNNING")
    with swept.results.sweep("begun").driving():
        head, _, first, second = cli.run("list").stdout.strip().splitlines()
    assert head.startswith("| sweep | state | trials | best | best baseline | data set | model | started |")
    assert first.startswith("| begun | running | 0 of 5 |")
    assert second.startswith("| done | finished | 5 of 5 | 3.00 % (trial 4) | -1.00 % (sgd) | digits | small |")
    rows = json.loads(cli.run("list", "--json").stdout)
    assert {row["sweep"]: row["state"] for row in rows} == {"done": "finished", "begun": "interrupted"}


def test_every_list_and_table_tells_that_a_sweep_is_confirmed(cli: CommandLine, swept: Swept) -> None:
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study, records=True)
    way = "mine: is not confirmed; test on new seeds whether it beats the baselines: rts-search confirm mine --results "
    exported = cli.run("export", "mine")
    assert exported.stderr.startswith(way)
    assert "is not confirmed" not in exported.stdout
    assert cli.run("export", "mine", "--trial", "0").stderr == ""
    confirm(swept, study)
    (row,) = json.loads(cli.run("list", "--json").stdout)
    assert (row["state"], row["verdict"].startswith(VERDICT)) == ("finished", True)
    assert "| mine | confirmed | 5 of 5 |" in cli.run("list").stdout
    for command in ("status", "watch", "table"):
        assert f"Verdict: {VERDICT}" in cli.run(command, "mine").stdout, command
    assert cli.run("export", "mine").stderr == ""


@pytest.mark.slow
def test_the_list_fits_a_narrow_terminal(cli: CommandLine, swept: Swept) -> None:
    all_of(swept, swept.sweep("a-sweep-with-a-long-name.resnet18-bsconv_u"))
    shown = captured(("list", "--results", str(cli.results)), 60, environment=plain_environment())
    assert max(map(len, shown.last.splitlines())) <= 60
    assert "finished" in shown.last
    assert "(trial" in shown.last, "the best is more than the data set"


def test_delete_leaves_the_states_that_another_sweep_uses(cli: CommandLine, swept: Swept) -> None:
    mine, other = swept.sweep("mine"), swept.sweep("other", "search={sampler: grid, trials: 2}")
    all_of(swept, mine)
    used = [(entry, swept.left(entry)) for entry in all_of(swept, other)]
    files = len(list(swept.store.files()))
    assert cli.run("delete", "mine", "--yes").stdout == "mine: deleted\n"
    assert [swept.left(entry) for entry, _ in used] == [left for _, left in used]
    assert 0 < len(list(swept.store.files())) < files, "what only it used is gone"
    assert [row["sweep"] for row in json.loads(cli.run("list", "--json").stdout)] == ["other"]
    assert not Results(cli.results).sweep("mine").folder.exists()


def test_delete_asks_and_without_a_terminal_refuses(cli: CommandLine, swept: Swept) -> None:
    swept.sweep("mine")
    assert "--yes: must be given where there is no terminal to ask on" in cli.refused("delete", "mine")
    assert "none: no sweep of this name" in cli.refused("delete", "none", "--yes")
    with swept.results.sweep("mine").driving():
        assert "mine" in cli.refused("delete", "mine", "--yes")
    assert len(json.loads(cli.run("list", "--json").stdout)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "left"), [("n", 1), ("y", 0)])
def test_the_answer_on_the_terminal_counts(cli: CommandLine, swept: Swept, answer: str, left: int) -> None:
    swept.sweep("mine")
    arguments = ("delete", "mine", "--results", str(cli.results))
    shown = captured(arguments, 120, f"{answer}\n", plain_environment())
    assert "mine: delete its 0 trials and" in shown.last
    assert shown.last.endswith("mine: was not deleted" if left else "mine: deleted")
    assert len(json.loads(cli.run("list", "--json").stdout)) == left
