"""The sweeps that measurements of the service write are sound, and read like any other sweep."""

from pathlib import Path

from benchmarks.many_trials import Copies
from rts_search.analysis.tables import Tables
from rts_search.basics.results_folder import Results
from rts_search.study.ranking import leaderboard
from rts_search.study.study import SweepStudy


def test_the_copies_are_sound_trials_that_differ_and_have_records(tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    results.require_space()
    copies = Copies(results, trials=12)
    copies.write("many", 19)
    copies.write_like("as-many", "many", 19)
    for name in ("many", "as-many"):
        study = SweepStudy.load(results.storage_url, name)
        study.require_sound()
        entries = study.trials()
        assert study.sweep.name == name
        assert study.ended
        assert study.ended_by(entries)
        ranked = leaderboard(entries, study.sweep.objective)
        assert len(ranked) == sum(entry.completed for entry in entries)
        assert len(entries) == study.total == 20
        assert entries[0].arm == "sgd"
        assert len({entry.settings.radius for entry in entries[1:] if entry.completed}) > 1
        tables = Tables(study, results.store_url, entries)
        assert tables.rows.lost == ()
        assert len(tables.trials()) == 20
        best = tables.best()
        assert best is None or best.value(study.sweep.objective) == tables.trials()["val_acc"][best.number]
    assert sorted(study.name for study in SweepStudy.every(results.storage_url)) == ["as-many", "many"]
