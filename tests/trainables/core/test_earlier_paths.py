"""Import paths of earlier versions of the training core still work, and give the modules of today."""

import importlib
import subprocess
import sys

import pytest

from trainables.core.earlier_paths import TODAY


@pytest.mark.parametrize("earlier", TODAY)
def test_an_earlier_name_is_the_module_of_today(earlier: str) -> None:
    today = importlib.import_module(TODAY[earlier])
    assert importlib.import_module(earlier) is today
    assert today.__spec__ is not None
    assert today.__spec__.name == TODAY[earlier]


def test_names_of_the_packages_are_importable_from_where_they_were() -> None:
    from trainables.core.optimizer import PUGD
    from trainables.core.optimizer.pugd import PUGD as PUGD_OF_TODAY
    from trainables.core.training import EpochOutcome, StatePolicy, Trial
    from trainables.core.training import trial as trial_of_today

    assert PUGD is PUGD_OF_TODAY
    assert (EpochOutcome, StatePolicy) == (trial_of_today.EpochOutcome, trial_of_today.StatePolicy)
    assert Trial is trial_of_today.Trial


def test_a_new_process_can_begin_with_an_earlier_name_and_settings_load_no_torch() -> None:
    program = (
        "import sys, trainables.core.schedules, trainables.core.timing\n"
        "from trainables.core.config import TrialConfig\n"
        "from trainables.core.store import Store\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_name_that_never_was_is_refused() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"trainables\.core\.nothing"):
        importlib.import_module("trainables.core.nothing")
