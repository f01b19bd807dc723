"""A damaged database is told of in one line that names the place, and nothing is written over."""

import json
import os
import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.cli import main
from rts_search.operations.results import rebuild_tables
from rts_search.study.attributes import CHECKSUM
from rts_search.study.checksums import DRAWN, ENDED, PARAMS, of_draw, of_end
from rts_search.study.damage import WAY_OUT
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept

SEED = int(os.environ.get("RTS_TEST_DAMAGE_SEED", "20261130"))
DAMAGES = 15
TABLES = ("trials.csv", "trials.parquet", "epochs.parquet", "table.md", "best.yaml")
ROWS = (
    *("trials", "trial_user_attributes", "trial_intermediate_values", "trial_values", "trial_params"),
    *("studies", "study_directions", "study_user_attributes", "alembic_version", "version_info"),
)


@dataclass
class Sweep:
    """A finished sweep with its records and tables, of which each test damages a copy."""

    folder: Path
    shown: str
    """What `table` prints while the database is sound."""
    tables: dict[str, bytes]

    @property
    def database(self) -> Path:
        return self.folder / "studies.sqlite3"

    def do(self, statement: str, values: tuple[object, ...] = ()) -> None:
        """Change the database as another program would."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute(statement, values)
            connection.commit()

    def written(self) -> dict[str, bytes]:
        """The tables as they are now."""
        return {name: (self.folder / "mine" / name).read_bytes() for name in TABLES}


Told = Callable[..., tuple[object, str, str]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """Exit code, output and errors of a command on a sweep, in this process."""

    def run(sweep: Sweep, *arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr("sys.argv", ["rts-search", *arguments, "--results", str(sweep.folder)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    swept = Swept(Results(tmp_path_factory.mktemp("sound") / "results"))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study, records=True)
    rebuild_tables("mine", Workspace(swept.results))
    return swept.results.folder


@pytest.fixture
def sweep(sound: Path, tmp_path: Path) -> Iterator[Sweep]:
    copy = Sweep(Path(shutil.copytree(sound, tmp_path / "results")), "", {})
    copy.tables = copy.written()
    copy.shown = copy.tables["table.md"].decode() + "\n"
    yield copy
    assert copy.written() == copy.tables, "nothing was written over"


def changed(name: str, old: str, new: str) -> str:
    """A statement that changes an attribute of trial 2."""
    return (
        f"UPDATE trial_user_attributes SET value_json = replace(value_json, '{old}', '{new}') WHERE key = '{name}' "
        "AND trial_id = (SELECT trial_id FROM trials WHERE number = 2)"
    )


def without_checksums(sweep: Sweep) -> None:
    """As an earlier version has written it."""
    sweep.do("DELETE FROM trial_user_attributes WHERE key = 'checksum'")
    sweep.do("DELETE FROM study_user_attributes WHERE key IN ('checksums', 'begun')")


OF_TRIAL_2 = "trial_id = (SELECT trial_id FROM trials WHERE number = 2)"
EARLIER = [
    ("DELETE FROM trials WHERE number = 1", "trial 1 is missing"),
    ("UPDATE trials SET number = 2 WHERE number = 1", "trial 1 is missing"),
    ("UPDATE trials SET number = 3 WHERE number = 4", "trial 3 is there twice"),
    (
        f"DELETE FROM trial_user_attributes WHERE {OF_TRIAL_2} AND key >= 'epoch:000002' AND key LIKE 'epoch%'",
        "trial 2: has 2 epochs, but the values of 8",
    ),
    (
        f"DELETE FROM trial_intermediate_values WHERE {OF_TRIAL_2} AND step >= 2",
        "trial 2: has 8 epochs, but the values of 2",
    ),
    (
        f"DELETE FROM trial_user_attributes WHERE {OF_TRIAL_2} AND key = 'epoch:000003'",
        "trial 2: epoch 4 of its 7 or more epochs is missing",
    ),
    (
        f"DELETE FROM trial_values WHERE {OF_TRIAL_2}",
        "trial 2: epoch 8: val_acc is 0.01, but the trial's value is None",
    ),
    (
        f"DELETE FROM trial_user_attributes WHERE {OF_TRIAL_2} AND key = 'config'",
        "trial 2: has 8 epochs, but no config",
    ),
    ("UPDATE trials SET trial_id = 77 WHERE number = 2", "trial 2: has ended, but has no config"),
    ("UPDATE trials SET state = 'COMPLEUE' WHERE number = 2", "trial 2: its state must be one of COMPLETE, PRUNED"),
    (changed("epoch:000002", "val_acc", "val_qcc"), "trial 2: epoch:000002: holds what was never written there: "),
    (changed("epoch:000002", "{", ""), "trial 2: epoch:000002: is no JSON: Extra data: line 1"),
    (changed("epoch:000007", '"val_acc": ', '"val_acc": 9'), "trial 2: epoch 8: val_acc is 90.01, but the trial's"),
    (changed("epoch:000002", '"val_acc": ', '"val_acc": 9'), "trial 2: epoch 3: val_acc is 90.02 in the database and"),
    (
        changed("epoch:000002", '"gradient_evaluations": 24', '"gradient_evaluations": 23'),
        "trial 2: epoch 3: gradient_ev",
    ),
    (changed("config", '"epochs": 8', '"epochs": 9'), "trial 2: is completed, but has 8 of its 9 epochs"),
    ("UPDATE study_user_attributes SET value_json = substr(value_json, 2) WHERE key = 'data'", "data: is no JSON"),
    ("DELETE FROM study_user_attributes WHERE key = 'identity'", "holds what was never written there: KeyError"),
    ("UPDATE study_directions SET direction = 'MINIMIZE'", "its directions must be maximize, but are minimize"),
    ("DELETE FROM study_directions", "its directions must be maximize, but are missing"),
]


@pytest.mark.parametrize(("statement", "line"), EARLIER, ids=range(len(EARLIER)))
def test_a_contradiction_is_told_also_in_a_study_of_an_earlier_version(
    sweep: Sweep, told: Told, statement: str, line: str
) -> None:
    without_checksums(sweep)
    sweep.do(statement)
    code, out, err = told(sweep, "table", "mine")
    assert (code, out) == (2, "")
    assert err.startswith(f"rts-search: study mine: {line}")
    assert err.endswith(f"; {WAY_OUT}\n")
    assert err.count("\n") == 1


SEALED = [
    (changed("config", '"momentum": 0.9', '"momentum": 0.8'), "trial 2: its record does not match its checksum"),
    (changed("epoch:000002", '"spent": true', '"spent": false'), "trial 2: its record does not match its checksum"),
    (
        f"UPDATE trial_intermediate_values SET intermediate_value = 0.5 WHERE {OF_TRIAL_2} AND step = 1",
        "trial 2: its record does not match its checksum",
    ),
    ("DELETE FROM trials WHERE number = 4", "trial 4 is missing: it must have 5 trials"),
    (
        "UPDATE trials SET number = CASE number WHEN 2 THEN 3 ELSE 2 END WHERE number IN (2, 3)",
        "trial 2: its record does not match its checksum",
    ),
    (
        "UPDATE study_user_attributes SET value_json = replace(value_json, '\"seed\": 0', '\"seed\": 1') "
        "WHERE key = 'sweep'",
        "sweep: does not match its checksum",
    ),
    ("DELETE FROM study_user_attributes WHERE key = 'model_weights'", "its attribute model_weights is missing"),
]


@pytest.mark.parametrize(("statement", "line"), SEALED, ids=range(len(SEALED)))
def test_what_contradicts_nothing_is_found_by_its_checksum(sweep: Sweep, told: Told, statement: str, line: str) -> None:
    sweep.do(statement)
    code, out, err = told(sweep, "table", "mine")
    assert (code, out, err) == (2, "", f"rts-search: study mine: {line}; {WAY_OUT}\n")


def test_the_checksums_of_earlier_versions_which_lack_the_trials_number_are_believed(sweep: Sweep, told: Told) -> None:
    with closing(sqlite3.connect(sweep.database)) as connection:
        for trial, state in connection.execute("SELECT trial_id, state FROM trials").fetchall():
            own = f"FROM {{}} WHERE trial_id = {trial}"
            texts = dict(connection.execute(f"SELECT key, value_json {own.format('trial_user_attributes')}"))
            told_steps = own.format("trial_intermediate_values")
            steps = dict(connection.execute(f"SELECT step, intermediate_value {told_steps}"))
            values = [row[0] for row in connection.execute(f"SELECT value {own.format('trial_values')}")]
            sums = {DRAWN: of_draw(None, texts), ENDED: of_end(None, state, texts, steps, values)}
            sums |= {PARAMS: json.loads(texts[CHECKSUM])[PARAMS]}
            change = "UPDATE trial_user_attributes SET value_json = ? WHERE key = ? AND trial_id = ?"
            connection.execute(change, (json.dumps(sums), CHECKSUM, trial))
        connection.commit()
    assert told(sweep, "table", "mine") == (0, sweep.shown, "")
    sweep.do(changed("epoch:000002", '"spent": true', '"spent": false'))
    assert "trial 2: its record does not match its checksum" in told(sweep, "table", "mine")[2]


@pytest.mark.parametrize("table", ROWS)
def test_a_table_that_is_lost_is_not_made_anew(sweep: Sweep, told: Told, table: str) -> None:
    sweep.do(f"DROP TABLE {table}")
    before = sweep.database.read_bytes()
    code, out, err = told(sweep, "table", "mine")
    if table == "alembic_version":  # it holds the version of the others, and nothing of a sweep
        assert (code, out, err) == (0, sweep.shown, "")
        return
    assert (code, out) == (2, "")
    assert f"studies.sqlite3: the study database lacks its table {table}, and nothing was written: restore" in err
    assert sweep.database.read_bytes() == before


def test_whatever_is_damaged_a_command_tells_the_reference_or_one_line(sweep: Sweep, told: Told) -> None:
    chance, sound = random.Random(SEED), sweep.database.read_bytes()
    silent = []
    for turn in range(DAMAGES):
        sweep.database.write_bytes(sound)
        what = damage(sweep, chance, turn)
        code, out, err = told(sweep, "table", "mine")
        same = (code, out, err) == (0, sweep.shown, "") and sweep.written() == sweep.tables
        one_line = code == 2 and out == "" and re.fullmatch(r"rts-search: [^\n]+\n", err) is not None
        if not (same or one_line):
            silent.append((turn, what, code, out, err))
    assert not silent, f"RTS_TEST_DAMAGE_SEED={SEED}"


def damage(sweep: Sweep, chance: random.Random, turn: int) -> str:
    """Flip a bit of the file, flip a bit of a value, or lose a row; what was done, in words."""
    if turn % 3 == 0:
        content = bytearray(sweep.database.read_bytes())
        place, bit = chance.randrange(len(content)), chance.randrange(8)
        content[place] ^= 1 << bit
        sweep.database.write_bytes(content)
        return f"bit {bit} of byte {place}"
    table = chance.choice(ROWS[:-2])
    with closing(sqlite3.connect(sweep.database)) as connection:
        row = chance.choice(connection.execute(f"SELECT rowid, * FROM {table}").fetchall())
    if turn % 3 == 1:
        sweep.do(f"DELETE FROM {table} WHERE rowid = ?", row[:1])
        return f"row {row} of {table} lost"
    texts = [value for value in row[1:] if isinstance(value, str)]
    if not texts:
        return "nothing"
    old = chance.choice(texts)
    content = bytearray(old.encode())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(7)
    new = content.decode(errors="replace")
    with closing(sqlite3.connect(sweep.database)) as connection:
        names = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
    name = names[row[1:].index(old)]
    sweep.do(f"UPDATE OR IGNORE {table} SET {name} = ? WHERE rowid = ?", (new, row[0]))
    return f"{name} of row {row[0]} of {table}: {json.dumps(old)} is {json.dumps(new)}"
