"""Settings of the training that the space draws: left out of `training`, merged into each trial, checked at once."""

import pytest

from rts_search.sweep.sweep import trial_config
from rts_search.sweep.sweep_file import load_sweep, parse_sweep
from tests.rts_search.sweep_files import refusal
from trainables.core.settings.config import BsconvConfig, TrainingConfig

OWN = "training={epochs: 4, momentum: 0.8, augmentation: {rotation: 5}}"
SPACE = "space={training: {lr: [0.05, 0.1], batch_size: [32, 64], augmentation: {cutout: [0, 2]}}}"


def test_a_needed_setting_may_be_left_out_where_the_space_draws_it() -> None:
    sweep = load_sweep("digits", [OWN, SPACE])
    assert sweep.training.batch_size == 64  # costs are counted in mini-batches of the largest size
    assert "lr" not in sweep.to_dict()["training"]
    assert parse_sweep(sweep.to_dict(), "record") == sweep


def test_a_trial_has_the_drawn_settings_and_the_sweep_s_others() -> None:
    sweep = load_sweep("digits", [OWN, SPACE])
    training = trial_config(sweep, sweep.space.draw(lambda _, domain: domain.lowest)).training
    assert (training.lr, training.batch_size, training.augmentation.cutout) == (0.05, 32, 0)
    assert (training.epochs, training.momentum, training.augmentation.rotation) == (4, 0.8, 5.0)


def test_null_leaves_out_a_setting_of_a_shipped_sweep() -> None:
    sweep = load_sweep("digits", ["training.lr=null", "space={training: {lr: [0.05, 0.1]}}"])
    assert sweep.training.batch_size == 32


def test_a_model_has_its_own_and_the_drawn_options() -> None:
    sweep = load_sweep("digits", ["model={name: small, options: {}}", "space={model: {options: {width: [4, 8]}}}"])
    assert sweep.model.options == {"width": 8}  # of baselines, and of the model that is measured
    assert sweep.to_dict()["model"]["options"] == {}
    assert parse_sweep(sweep.to_dict(), "record") == sweep
    assert [model.options["width"] for model in sweep.models] == [4, 8]
    assert trial_config(sweep, sweep.space.draw(lambda _, domain: domain.lowest)).model.options == {"width": 4}
    line = "--set: space.model.options.width: is given in model.options.width, too: leave one out, but got [4, 8]"
    assert refusal("digits", "model.options.width=8", "space={model: {options: {width: [4, 8]}}}") == line


NUMBERS = "space={model: {bsconv: {alpha: {loguniform: [1e-5, 1]}, p: [0.125, 0.25]}}}"


@pytest.mark.parametrize("own", ["s", "{kind: s}"])
def test_a_model_has_the_drawn_numbers_of_its_separable_convolutions(own: str) -> None:
    sweep = load_sweep("digits", [f"model={{name: small, bsconv: {own}}}", NUMBERS])
    assert sweep.model.bsconv == BsconvConfig("s", p=0.25)  # of baselines, and of the model that is measured
    assert sweep.to_dict()["model"]["bsconv"] == {"kind": "s"}
    assert parse_sweep(sweep.to_dict(), "record") == sweep
    assert [model.separable for model in sweep.models][-1] == BsconvConfig("s", 0.25, 1.0)
    drawn = trial_config(sweep, sweep.space.draw(lambda _, domain: domain.lowest)).model
    assert drawn.bsconv == BsconvConfig("s", 0.125, 1e-5)
    assert list(sweep.space.searched())[-2:] == ["model.bsconv.p", "model.bsconv.alpha"]


@pytest.mark.parametrize(
    ("model", "line"),
    [
        ("small", "--set: space.model.bsconv: needs model.bsconv s, which alone has numbers"),
        ("{name: small, bsconv: u}", "--set: space.model.bsconv: needs model.bsconv s, which alone has numbers, but"),
        (
            "{name: small, bsconv: {kind: s, p: 0.5}}",
            "--set: space.model.bsconv.p: is given in model.bsconv.p, too: leave one out, but got [0.125, 0.25]",
        ),
    ],
)
def test_numbers_that_no_model_uses_or_that_are_fixed_are_not_drawn(model: str, line: str) -> None:
    assert refusal("digits", f"model={model}", NUMBERS).startswith(line)


def test_a_trial_has_the_drawn_perturbation() -> None:
    sweep = load_sweep("digits", ["space={perturbation: {kind: [pugd, asam], eta: 0.01}}"])
    kinds = [
        trial_config(sweep, sweep.space.draw(lambda *_, kind=kind: kind)).perturbation  # type: ignore[misc]
        for kind in ("pugd", "asam")
    ]
    assert [(one.kind, one.eta) for one in kinds] == [("pugd", None), ("asam", 0.01)]


def test_a_scale_that_no_perturbation_of_the_space_uses_is_refused() -> None:
    scale = "scale: {value: [0.5, 1]}"
    assert load_sweep("digits", [f"space={{{scale}, perturbation: {{kind: [pugd, sam]}}}}"]).space.size() == 4
    line = refusal("digits", f"space={{{scale}, perturbation: {{kind: sam}}}}")
    assert line.startswith("--set: space.scale: is not used by sam: leave it out, but got ")


def test_a_radius_that_no_method_of_the_space_uses_is_refused() -> None:
    radius = "radius: {value: [0.5, 1]}"
    assert load_sweep("digits", [f"space={{{radius}, perturbation: {{kind: [pugd, path_sgd]}}}}"]).space.size() == 4
    line = refusal("digits", f"space={{{radius}, perturbation: {{kind: path_sgd}}}}")
    assert line.startswith("--set: space.radius: is not used by path_sgd: leave it out, but got ")


def test_a_space_of_looksam_alone_has_no_other_number_of_steps_between() -> None:
    other = "timing: {switch_epoch: [0, 2], every: [2, 3]}, perturbation: {kind: looksam, k: 5, alpha: 0.7}"
    line = refusal("digits", f"space={{radius: {{value: [0.1, 0.2]}}, {other}}}")
    assert line == "--set: space.timing.every: is not used by looksam, whose k it is: leave it out, but got [2, 3]"


@pytest.mark.parametrize(
    ("setting", "domain"),
    [
        ("lr", "[0.1, 1]"),
        ("momentum", "{uniform: [0.1, 0.9]}"),
        ("augmentation.cutout", "{integer: [0, 4]}"),
        ("lr_schedule", "[cosine, linear]"),
        ("optimizer", "{name: adamw, eps: [1e-8, 1e-6]}"),
    ],
)
def test_a_domain_in_the_training_is_sent_to_the_space(setting: str, domain: str) -> None:
    line = refusal("digits", f"training.{setting}={domain}")
    assert line.startswith(f"--set: training.{setting}")
    assert f"must be one value: put a domain into space.training.{setting}" in line


def test_a_list_that_a_setting_holds_is_no_domain() -> None:
    schedule = "training.lr_schedule={name: step, milestones: [0.5, 0.75]}"
    assert load_sweep("digits", [schedule]).training.schedule.milestones == (0.5, 0.75)


def test_the_kind_of_a_schedule_decides_what_else_is_drawn() -> None:
    course = "{name: [cosine, step], milestones: [0.5, 0.75], gamma: [0.1, 0.5], min_lr: 0.001}"
    space = f"space={{training: {{lr_schedule: {course}, optimizer: [sgd, adamw], lr: [0.01, 0.1]}}}}"
    plain = "training={epochs: 4, batch_size: 32}"
    sweep = load_sweep("digits", [plain, space])
    assert parse_sweep(sweep.to_dict(), "record") == sweep

    def training(kinds: dict[str, str]) -> TrainingConfig:
        point = sweep.space.draw(lambda name, domain: kinds.get(name, domain.lowest))
        return trial_config(sweep, point).training

    step = training({"training.lr_schedule.name": "step", "training.optimizer.name": "adamw"})
    assert (step.schedule.name, step.schedule.milestones, step.schedule.gamma) == ("step", (0.5, 0.75), 0.1)
    assert step.optimizer.name == "adamw"
    assert training({"training.lr_schedule.name": "cosine"}).schedule.min_lr == 0.001
    line = refusal("digits", plain, space.replace("0.001", "0.05"))
    assert line.startswith("--set: space.training.lr_schedule.min_lr: must be <= training.lr (0.01), but got 0.05")


@pytest.mark.parametrize(
    ("space", "line"),
    [
        ("lr: [0.05, 0.1]", "space.training.lr: is given in training.lr, too: leave one out, but got [0.05, 0.1]"),
        (
            "augmentation: {rotation: [0, 5]}",
            "space.training.augmentation.rotation: is given in training.augmentation.rotation, too: leave one out, but "
            "got [0, 5]",
        ),
        ("head_lr_factor: [0, 1]", "space.training.head_lr_factor: must be > 0 and finite, but got 0.0"),
        ("weight_decay: {uniform: [-1, 1]}", "space.training.weight_decay: must be >= 0 and finite, but got -1.0"),
        ("lr_schedule: [cosine, fast]", "space.training.lr_schedule.name: must be one of constant, cosine, "),
        ("augmentation: {cutout: [-1, 2]}", "space.training.augmentation.cutout: must be >= 0, but got -1"),
        (
            "epochs: [4, 8]",
            "space.training.epochs: cannot be searched, since it is the length of every trial, so that trials can be "
            "compared: give one value in training.epochs, but got [4, 8]",
        ),
        ("rate: 1", "space.training.rate: is no setting here; known are batch_size, lr"),
    ],
)
def test_an_illegal_space_is_refused_at_once(space: str, line: str) -> None:
    own = "training={epochs: 4, lr: 0.05, batch_size: 32, augmentation: {rotation: 5}}"
    assert refusal("digits", own, f"space={{training: {{{space}}}}}").startswith(f"--set: {line}")
