import numpy as np
import pandas as pd

from rts_search.analysis.advice.features import LEAST, features_of


def test_names_and_few_numbers_are_taken_value_by_value() -> None:
    settings = pd.DataFrame({"shape": ["sine", "cosine"] * 6, "switch": [6, 0, 3] * 4, "nesterov": [True, False] * 6})
    shape, switch, nesterov = features_of(settings)
    assert (shape.classes, shape.ends) == (("cosine", "sine"), None)
    assert shape.member.tolist() == [1, 0] * 6
    assert (switch.classes, switch.values) == (("0", "3", "6"), (0, 3, 6))
    assert switch.ends == ((0.0, 0.0), (3.0, 3.0), (6.0, 6.0))
    assert nesterov.classes == ("False", "True")


def test_a_range_is_cut_into_classes_of_equal_size_and_more_trials_give_more_classes() -> None:
    for trials, classes in ((16, 2), (30, 2), (36, 3), (60, 5), (600, 5)):
        (rate,) = features_of(pd.DataFrame({"lr": np.geomspace(0.01, 1, trials)}))
        sizes = np.bincount(rate.member)
        assert len(rate.classes) == classes
        assert sizes.max() - sizes.min() <= 1
        assert rate.ends is not None
        assert (rate.ends[0][0], rate.ends[-1][1]) == (0.01, 1.0)


def test_a_trial_that_does_not_use_a_setting_is_in_no_class() -> None:
    column = [np.nan if place % 3 == 0 else float(place) for place in range(48)]
    (found,) = features_of(pd.DataFrame({"beta_min": column}))
    assert ((found.member == -1) == np.isnan(column)).all()


def test_values_with_few_trials_are_left_out_and_one_class_alone_is_no_setting() -> None:
    rare = ["sine"] * 10 + ["cosine"] * LEAST + ["linear"] * (LEAST - 1)
    (found,) = features_of(pd.DataFrame({"shape": rare}))
    assert found.classes == ("cosine", "sine")
    assert (found.member[-(LEAST - 1) :] == -1).all()
    assert features_of(pd.DataFrame({"shape": ["sine"] * 10 + ["linear"]})) == []
