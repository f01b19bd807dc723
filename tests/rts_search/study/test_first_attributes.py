"""What a study keeps of its launch, besides its sweep."""

from rts_search.study import attributes as kept
from rts_search.study.data_facts import DataFacts
from rts_search.study.first_attributes import first_attributes
from rts_search.sweep.sweep_file import load_sweep

DATA = DataFacts("f00d", steps_per_epoch=18, train_images=1150, val_images=287, test_images=360)


def test_data_user_and_model_are_written_down() -> None:
    found = first_attributes(load_sweep("digits"), DATA, "/srv/results", model="small with 24,058 parameters")
    assert found[kept.DATA] == DATA.to_dict()
    assert found[kept.RESULTS] == "/srv/results"
    assert found[kept.LAUNCHED_BY]
    assert found[kept.MODEL_TOLD] == "small with 24,058 parameters"
    assert kept.MODULES not in found, "nothing of the user's own"
    assert kept.MODEL_TOLD not in first_attributes(load_sweep("digits"), DATA)
