"""With `space.training`, each baseline is an arm: a method with a space, a length and trials of its own."""

import pytest

from rts_search.sweep.arms import Arm, arms_of, prefix_of
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import load_sweep, parse_sweep
from search_spaces.domains import Fixed, LogUniform
from tests.rts_search.sweep_files import Write, refusal
from trainables.core.settings.config import PerturbationConfig

FAIR = """
dataset: {name: digits}
model: small
training: {epochs: 6, batch_size: 32}
space:
  training: {lr: {loguniform: [0.01, 1.0]}, momentum: [0.0, 0.9]}
  timing: {rule: epoch, switch_epoch: [0, 2, 4]}
search: {sampler: random, trials: 5}
baselines: [sgd, ngd, pugd, sam, {name: amp, inner_steps: 2}]
"""


@pytest.fixture
def fair(write: Write) -> SweepFile:
    return load_sweep(write(FAIR))


def arms(sweep: SweepFile) -> dict[str, Arm]:
    return {arm.name: arm for arm in arms_of(sweep)}


def test_a_sweep_without_space_training_has_one_arm() -> None:
    sweep = load_sweep("digits")
    (rts,) = arms_of(sweep)
    assert not sweep.tuned
    assert (rts.name, rts.baseline, rts.trials, rts.epochs) == ("rts", None, 24, sweep.training.epochs)
    assert rts.space == sweep.space
    assert sweep.total_trials == 24 + 3


def test_every_baseline_is_an_arm_with_the_same_number_of_trials(fair: SweepFile) -> None:
    assert fair.tuned
    assert [arm.name for arm in arms_of(fair)] == ["rts", "sgd", "ngd", "pugd", "sam", "amp"]
    assert {arm.trials for arm in arms_of(fair)} == {5}
    assert (fair.num_trials, fair.total_trials) == (5, 30)


def test_a_run_of_every_arm_costs_at_most_what_pugd_costs(fair: SweepFile) -> None:
    lengths = {name: arm.epochs for name, arm in arms(fair).items()}
    assert lengths == {"rts": 6, "sgd": 12, "ngd": 12, "pugd": 6, "sam": 6, "amp": 4}
    assert arms(fair)["amp"].epochs * 3 <= 2 * 6


def test_an_arm_tunes_what_the_search_tunes_and_its_own_radius(fair: SweepFile) -> None:
    found = arms(fair)
    for arm in arms_of(fair)[1:]:
        assert arm.space.training == fair.space.training
        assert arm.tunes
    assert found["sam"].space.radius.value == LogUniform(0.0125, 0.2)
    assert found["amp"].space.radius.value == LogUniform(0.125, 2.0)
    assert found["pugd"].space.radius.value == Fixed(1.0)


def test_the_config_of_a_point_has_the_length_and_the_method_of_its_arm(fair: SweepFile) -> None:
    def first(name: str, domain: object) -> object:
        del name
        return domain.low if isinstance(domain, LogUniform) else domain.values()[0]  # type: ignore[attr-defined]

    configs = {name: arm.config(arm.space.draw(first)) for name, arm in arms(fair).items()}
    assert {config.training.lr for config in configs.values()} == {0.01}
    assert configs["sgd"].timing.switch_epoch == configs["sgd"].training.epochs == 12
    assert configs["ngd"].radius.value == 0.0
    assert configs["amp"].perturbation == PerturbationConfig("amp", inner_lr=1.0, inner_steps=2)
    assert (configs["sam"].perturbation.kind, configs["sam"].radius.value) == ("sam", 0.0125)


def test_an_own_space_and_fixed_settings_replace_those_of_the_search(write: Write) -> None:
    own = "baselines=[{name: sgd, space: {training: {lr: {loguniform: [0.1, 3]}}}}, {name: pugd, training: {lr: 1.0}}]"
    found = arms(load_sweep(write(FAIR), [own]))
    sgd, pugd = found["sgd"].space.training, found["pugd"].space.training
    assert sgd is not None
    assert pugd is not None
    assert {name for name, _ in sgd.given()} == {"lr", "momentum"}
    assert dict(sgd.given())["lr"] == LogUniform(0.1, 3.0)
    assert {name for name, _ in pugd.given()} == {"momentum"}
    assert found["pugd"].sweep.training.lr == 1.0


def test_a_part_of_rts_searches_its_own_part_of_the_space_and_is_pugd_else(write: Write) -> None:
    of_parts = "radius: {value: [1, 2]}, scale: {value: [0, 1]}, timing: {switch_epoch: [0, 2]}"
    space = f"{{training: {{lr: [0.1, 0.2]}}, {of_parts}}}"
    parts = ["r", "t", "s", "rt", "rs", "ts"]
    sweep = load_sweep(write(FAIR), [f"space={space}", f"baselines=[{', '.join(parts)}]"])
    whole = {"r": ("radius", "value"), "t": ("timing", "switch_epoch"), "s": ("scale", "value")}
    for name in parts:
        arm = arms(sweep)[name]
        drawn = {place for place, domain in arm.space.searched().items() if not isinstance(domain, Fixed)}
        assert drawn == {"training.lr", *(".".join(whole[part]) for part in name)}
        assert arm.epochs == 6
        assert arm.config(arm.space.draw(lambda _, domain: domain.extremes[0])).perturbation == PerturbationConfig()
        for part in set(whole) - set(name):
            section, setting = whole[part]
            plain = getattr(arm.space, section).model_dump(mode="json", exclude_none=True)
            assert plain[setting] == (0 if part == "t" else 1.0)


def test_a_radius_that_is_given_is_not_tuned(write: Write) -> None:
    sam = arms(load_sweep(write(FAIR), ["baselines=[{name: sam, radius: 0.1}]"]))["sam"]
    assert sam.space.radius.value is not None
    assert sam.space.radius.value.values() == (0.1,)


def test_path_sgd_tunes_what_sgd_does_as_long_as_sgd(write: Write) -> None:
    found = arms(load_sweep(write(FAIR), ["baselines=[sgd, path_sgd]"]))
    assert found["path_sgd"].space.training == found["sgd"].space.training
    own = "baselines=[{name: path_sgd, space: {training: {lr: [1e-4, 1e-3]}}}]"
    arm = arms(load_sweep(write(FAIR), [own]))["path_sgd"]
    assert (arm.epochs, arm.config(arm.space.draw(lambda _, domain: domain.extremes[0])).training.lr) == (12, 1e-4)
    assert [name for name, domain in arm.space.searched().items() if not isinstance(domain, Fixed)] == [
        "training.lr",
        "training.momentum",
    ]


def test_a_recorded_sweep_has_the_same_arms(write: Write) -> None:
    own = "baselines=[{name: sam, space: {radius: {value: [0.1, 0.2]}}}, {name: pugd, training: {lr: 1.0}}]"
    for settings in ((), (own, "search.effort={sam: 7}")):
        sweep = load_sweep(write(FAIR), settings)
        again = parse_sweep(sweep.to_dict(), "record")
        assert again == sweep
        assert arms_of(again) == arms_of(sweep)


def test_unequal_effort_and_more_trials(write: Write) -> None:
    sweep = load_sweep(write(FAIR), ["search.effort={sgd: 9}"])
    assert sweep.efforts == {"rts": 5, "sgd": 9, "ngd": 5, "pugd": 5, "sam": 5, "amp": 5}
    assert set(sweep.with_trials(7).efforts.values()) == {7, 9}
    assert set(sweep.with_trials(12).efforts.values()) == {12}
    more = sweep.with_arm("asam", 4)
    assert more.efforts == {**sweep.efforts, "asam": 4}
    assert more.with_arm("asam", 6).efforts["asam"] == 6
    capped = load_sweep(write(FAIR), ["budget.trials=3"]).with_arm("sgd", 4)
    assert capped.efforts == {"rts": 3, "sgd": 4, "ngd": 3, "pugd": 3, "sam": 3, "amp": 3}


def test_untuned_baselines_train_once_with_the_settings_of_the_file(write: Write) -> None:
    settings = ("search.tune_baselines=false", "baselines=[{name: sgd, training: {lr: 0.1}}]")
    sweep = load_sweep(write(FAIR), settings)
    assert not sweep.tuned
    assert sweep.total_trials == 6
    assert [arm.name for arm in arms_of(sweep)] == ["rts"]


def test_names_of_parameters() -> None:
    assert (prefix_of("rts"), prefix_of("sam")) == ("", "sam/")


PLAIN = "space={timing: {rule: epoch, switch_epoch: [0, 2]}}"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            [PLAIN, "training.lr=0.1", "baselines=[sgd]", "search.effort={sgd: 3}"],
            "search.effort: is not used without space.training, which says what baselines are tuned over: leave it out",
        ),
        (
            [PLAIN, "training.lr=0.1", "baselines=[sgd]", "search.tune_baselines=false"],
            "search.tune_baselines: is not used without space.training",
        ),
        (
            [PLAIN, "training.lr=0.1", "baselines=[{name: sgd, space: {training: {lr: [0.1, 0.2]}}}]"],
            "baselines.0.space: is only used when baselines are tuned, with space.training: leave it out",
        ),
        (["search.effort={sgd: 3, adam: 4}"], "search.effort.adam: must be one of rts, sgd, ngd, pugd, sam, amp"),
        (["search.effort={sgd: 0}"], "search.effort.sgd: must be a number of trials >= 1, but got 0"),
        (["search.effort=much"], "search.effort: must be equal or a mapping of methods to numbers of trials"),
        (
            ["search.tune_baselines=false", "search.effort={sgd: 3}"],
            "search.effort: is not used with tune_baselines false: leave it out",
        ),
        (
            ["search.tune_baselines=false"],
            "baselines.0.training: must have lr, which only `space` has, since the baseline is not tuned: write",
        ),
        (
            ["baselines=[{name: pugd, training: {lr: 0.1, momentum: 0.9}}]"],
            "baselines.0.training: must leave something to tune in 5 trials, or have search.effort {pugd: 1}",
        ),
        (["baselines=[{name: sgd, training: {lr: -1}}]"], "baselines.0.training.lr: must be > 0"),
        (["baselines=[{name: sgd, training: {epochs: 9}}]"], "baselines.0.training.epochs: must be that of the sweep"),
        (["baselines=[{name: sgd, training: {lrr: 1}}]"], "baselines.0.training.lrr: is no setting here"),
        (["baselines=[{name: sgd, space: {radius: {value: [1, 2]}}}]"], "baselines.0.space.radius: is not used by sgd"),
        (
            ["baselines=[{name: path_sgd, space: {radius: {value: [1, 2]}}}]"],
            "baselines.0.space.radius: is not used by path_sgd",
        ),
        (
            ["baselines=[{name: sam, radius: 1, space: {radius: {value: [1, 2]}}}]"],
            "baselines.0.space.radius: is given in radius, too: leave one out",
        ),
        (
            ["baselines=[{name: sgd, training: {batch_size: 64}}]"],
            "baselines.0.training.batch_size: must be <= 32, the largest of the sweep, in which the costs of all "
            "trials are counted, but got 64",
        ),
        (
            ["search.tune_baselines=false", "baselines=[{name: sgd, training: {lr: 0.1, batch_size: 33}}]"],
            "baselines.0.training.batch_size: must be <= 32",
        ),
        (
            ["baselines=[{name: sgd, space: {training: {batch_size: [16, 64]}}}]"],
            "baselines.0.space.training.batch_size: must be <= 32, the largest of the sweep, in which the costs of all "
            "trials are counted, but got [16, 64]",
        ),
        (["baselines=[{name: amp, inner_steps: 12}]"], "baselines.0.inner_steps: must be < 12"),
        (
            ["baselines=[t, r]"],
            "baselines.1.name: searches the sweep's radius, of which `space` has one value: give it a domain, or leave "
            "r out, but got 'r'",
        ),
        (
            ["search.tune_baselines=false", "baselines=[{name: t, training: {lr: 0.1}}]"],
            "baselines.0.name: is a part of RTS and must be tuned: give `space.training` a domain, such as lr, but",
        ),
        (["baselines=[{name: t, radius: 2}]"], "baselines.0.radius: is not used by t: leave it out"),
        (["baselines=[{name: t, space: {radius: {value: [1, 2]}}}]"], "baselines.0.space.radius: is not used by t"),
        (
            ["search.sampler=grid", "space={training: {lr: [0.1, 0.2]}}", "baselines=[sam]"],
            "baselines.0.space.radius.value: must be a value, a list of values or {integer: [low, high]} for the grid",
        ),
    ],
)
def test_what_cannot_be_tuned_is_refused(write: Write, overrides: list[str], message: str) -> None:
    assert message in refusal(write(FAIR), *overrides)


DRAWN = "space={training: {lr: [0.1, 0.2], batch_size: [16, 64]}, timing: {switch_epoch: [0, 2]}}"


@pytest.mark.parametrize(
    "overrides",
    [
        ["baselines=[{name: sgd, training: {batch_size: 32}}]"],
        ["baselines=[{name: sgd, space: {training: {batch_size: [16, 32]}}}]"],
        ["training={epochs: 6}", DRAWN, "baselines=[{name: sgd, training: {batch_size: 64}}]"],
        ["training={epochs: 6}", DRAWN, "baselines=[{name: sgd, space: {training: {batch_size: 64}}}]"],
    ],
)
def test_a_baseline_may_have_the_largest_mini_batches_of_the_sweep(write: Write, overrides: list[str]) -> None:
    assert arms_of(load_sweep(write(FAIR), overrides))[1].name == "sgd"
