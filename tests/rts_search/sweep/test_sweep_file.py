"""Reading sweep files, and the one line with which every mistake is refused."""

import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

from rts_search.basics.errors import UserError
from rts_search.sweep.overrides import apply_overrides
from rts_search.sweep.sweep_file import load_sweep, parse_sweep, shipped_sweeps, sweep_schema
from rts_search.sweep.yaml_reader import read_yaml
from tests.rts_search.sweep_files import MINE, Write, refusal
from tests.trainables.core.data.archives import ARCHIVES

SWEEPS = Path(str(resources.files("search_spaces").joinpath("sweeps")))


def test_a_short_file_has_every_default(write: Write) -> None:
    sweep = load_sweep(write(MINE))
    assert (sweep.name, sweep.num_trials, sweep.search.sampler, sweep.search.seed) == ("mine", 4, "tpe", 0)
    scheduler = sweep.scheduler
    assert (scheduler.name, scheduler.grace_fraction, scheduler.reduction_factor) == ("asha", 0.1875, 1.41)
    assert [baseline.name for baseline in sweep.baselines] == ["sgd", "ngd", "pugd"]
    assert (sweep.resources.cpus_per_trial, sweep.resources.gpus_per_trial) == (1, 0)
    assert (sweep.objective.metric, sweep.objective.rule) == ("val_acc", "last")
    assert (sweep.store.sharing, sweep.store.state_every_seconds) == ("same_device", 30)
    assert sweep.training.lr == 0.05
    with pytest.raises(ValueError, match="frozen"):
        sweep.name = "other"


@pytest.mark.parametrize("name", ["digits", "cifar10", "cifar100"])
def test_a_shipped_sweep_is_valid_and_comes_back_from_its_own_record(name: str) -> None:
    sweep = parse_sweep(read_yaml(SWEEPS / f"{name}.yaml"), f"{name}.yaml")
    assert sweep.name == name
    assert parse_sweep(json.loads(json.dumps(sweep.to_dict())), "study") == sweep
    jsonschema.validate(read_yaml(SWEEPS / f"{name}.yaml"), sweep_schema())
    jsonschema.validate(sweep.to_dict(), sweep_schema())


def test_the_shipped_sweeps_are_found_by_name() -> None:
    assert {"cifar10", "digits", "digits_fair", "imagenet_resnet", "rts_ablation"} <= set(shipped_sweeps())
    assert load_sweep("digits").space.branch_epochs() == {0, 3, 6, 9}
    assert load_sweep("digits", ["training.epochs=4"]).space.branch_epochs() == {0, 1, 2, 3}
    wanted = "sweep: must be an existing sweep file or one of the shipped sweeps bsconv_alpha, .*did you mean digits"
    with pytest.raises(UserError, match=wanted):
        load_sweep("digit")


def test_a_name_without_its_ending_is_that_of_the_file_beside(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(write("name: pets\n"))
    monkeypatch.chdir(file.parent)
    with pytest.raises(UserError, match=f"sweep: .* .did you mean {file.name}.., but got '{file.stem}'"):
        load_sweep(file.stem)
    with pytest.raises(UserError, match=f"cannot be read: No such file or directory .did you mean {file.name}..$"):
        read_yaml(Path(f"{file.stem}.yml"))


def test_a_shipped_sweep_without_its_data_names_the_root(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--set: dataset.root: must hold"):
        load_sweep("cifar10", [f"dataset.root={tmp_path}"])


@pytest.mark.parametrize("name", ["tiny_imagenet", "stanford_cars"])
def test_a_sweep_may_run_on_a_published_archive(write: Write, tmp_path: Path, name: str) -> None:
    path, dataset = write(MINE), f"dataset={{name: {name}, root: '{tmp_path}', image_size: 8}}"
    assert refusal(path, dataset).startswith("--set: dataset.root: must hold ")
    ARCHIVES[name](tmp_path)
    assert load_sweep(path, [dataset]).dataset.name == name


def test_a_file_wins_over_a_shipped_name_and_a_folder_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("digits").mkdir()
    assert load_sweep("digits").training.epochs == 12
    Path("digits").rmdir()
    Path("digits").write_text(MINE)
    assert load_sweep("digits").training.epochs == 8


def test_the_space_in_the_comments_of_the_digits_sweep_works(write: Write) -> None:
    text = (SWEEPS / "digits.yaml").read_text().replace("\nspace: rts\n", "\n")
    head, rest = text.split("# space:\n")
    space, tail = rest.split("\n\n", 1)
    own = "\n".join(line.removeprefix("# ") for line in space.splitlines())
    sweep = load_sweep(write(f"{head}space:\n{own}\n\n{tail}"))
    assert sweep.space.branch_epochs() == {0, 3, 6, 9}


MISTAKES: list[tuple[str, str]] = [
    ("training.epoch=4", "training.epoch: is no setting here (did you mean epochs?)"),
    ("epochs=4", "epochs: is no setting here (did you mean training.epochs?)"),
    ("seed=4", "seed: is no setting here (did you mean training.seed or search.seed?)"),
    ("nme=x", "nme: is no setting here (did you mean name?)"),
    ("training.augmentation.crop=4", "training.augmentation.crop: is no setting here (did you mean crop_size?)"),
    ("training.augmentation.zoom=4", "training.augmentation.zoom: is no setting here; known are crop_padding, "),
    ("space.radius.betamin=4", "space.radius.betamin: is no setting here (did you mean beta_min?)"),
    ("scheduler.grace=4", "scheduler.grace: is no setting here"),
    ("training.epochs='4'", "training.epochs: must be an integer, but got '4'"),
    ("training.epochs=4.0", "training.epochs: must be an integer, but got 4.0"),
    ("training.epochs=true", "training.epochs: must be an integer, but got True"),
    ("training.epochs=", "training.epochs: must be an integer"),
    ("training.epochs=0", "training.epochs: must be >= 1, but got 0"),
    ("training.batch_size=0", "training.batch_size: must be >= 1, but got 0"),
    ("training.batch_size=-3", "training.batch_size: must be >= 1, but got -3"),
    ("training.lr=true", "training.lr: must be a number, but got True"),
    ("training.augmentation.mixup=-1", "training.augmentation.mixup: must be in [0, 1000], but got -1"),
    (
        "training.augmentation.random_erasing=0.25",
        "training.augmentation.random_erasing: must be a mapping of settings, but got 0.25",
    ),
    (
        "training.augmentation.rand_augment={ops: 2}",
        "training.augmentation.rand_augment.ops: is no setting here (did you mean num_ops?)",
    ),
    ("training.augmentation=4", "training.augmentation: must be a mapping of settings, but got 4"),
    (
        "training.augmentation.horizontal_flip=yes",
        "training.augmentation.horizontal_flip: must be true, false or alternating, but got 'yes'",
    ),
    ("dataset.val_fraction=1", "dataset.val_fraction: must be in (0, 1), but got 1.0"),
    ("dataset.name=digit", "dataset.name: must be one of digits, "),
    ("dataset.root=x", "dataset.root: is not used by digits: leave it out, but got 'x'"),
    ("model=smal", "model.name: must be small, upanet16, resnet18, "),
    ("model={name: small, options: {width: null}}", "model.options.width: must have a value: leave the option out"),
    ("model={name: small, bsconv: 3}", "model.bsconv: must be a name or a mapping of settings, but got 3"),
    ("model={name: small, bsconv: {kind: t}}", "model.bsconv.kind: must be one of u, s, but got 't'"),
    ("model={name: small, bsconv: {kind: s, p: 2}}", "model.bsconv.p: must be in (0, 1], but got 2.0"),
    ("model={name: small, bsconv: {kind: s, q: 2}}", "model.bsconv.q: is no setting here"),
    ("model={name: small, bsconv: {kind: u, alpha: 1}}", "model.bsconv.alpha: is not used by u: leave it out"),
    ("space={model: {}}", "space.model: must name at least one setting, or be left out"),
    ("search.trials=0", "search.trials: must be >= 1, but got 0"),
    ("search.sampler=tpee", "search.sampler: must be one of random, grid, qmc, tpe, gp, cmaes, nsga2 (did you mean"),
    ("search.seed=-1", "search.seed: must be >= 0, but got -1"),
    ("search.seed=4294967296", "search.seed: must be < 4294967296, but got 4294967296"),
    ("scheduler=ahsa", "scheduler.name: must be one of asha, none (did you mean asha?), but got 'ahsa'"),
    ("scheduler.grace_fraction=0", "scheduler.grace_fraction: must be > 0, but got 0"),
    ("scheduler.grace_fraction=1.01", "scheduler.grace_fraction: must be <= 1, but got 1.01"),
    ("scheduler.reduction_factor=1", "scheduler.reduction_factor: must be > 1, but got 1"),
    ("baselines=[sgd, sgd]", "baselines: must not list a baseline twice, but got ['sgd', 'sgd']"),
    (
        "baselines=[sgdd]",
        "baselines.0.name: must be one of sgd, ngd, pugd, sam, asam, amp, looksam, gsam, friendly_sam, path_sgd, r, ",
    ),
    ("baselines=[{name: sam, radius: 0}]", "baselines.0.radius: must be > 0, but got 0"),
    ("baselines=[{name: sam, eta: 1}]", "baselines.0.eta: is not used by sam: leave it out, but got 1"),
    ("baselines=[{name: pugd, radius: 2}]", "baselines.0.radius: is not used by pugd: leave it out, but got 2"),
    ("baselines=[{name: amp, inner_steps: 0}]", "baselines.0.inner_steps: must be >= 1, but got 0"),
    ("baselines=sgd", "baselines: must be a list, but got 'sgd'"),
    ("resources.cpus_per_trial=0", "resources.cpus_per_trial: must be > 0, but got 0"),
    ("resources.gpus_per_trial=-1", "resources.gpus_per_trial: must be >= 0, but got -1"),
    ("resources.gpus_per_trial=1.5", "resources.gpus_per_trial: must be <= 1: a trial trains on one GPU"),
    ("resources.gpus_per_trial=2", "resources.gpus_per_trial: must be <= 1: a trial trains on one GPU"),
    ("resources.cpus_per_trial=1.5", "resources.cpus_per_trial: must be a whole number or below 1, but got 1.5"),
    ("budget.gpu_hours=4", "budget.gpu_hours: is never used up with resources.gpus_per_trial 0: take hours or "),
    ("confirm={budget: {gpu_hours: 4}}", "confirm.budget.gpu_hours: is never used up with resources.gpus_per_trial 0"),
    ("scheduler={name: none, promotion: false}", "scheduler.promotion: is not used by none: leave it out, but got "),
    ("scheduler={name: none, reduction_factor: 3}", "scheduler.reduction_factor: is not used by none: leave it out"),
    ("notify={}", "notify: must have a webhook or a command, or be left out"),
    ("resources.max_concurrent_trials=0", "resources.max_concurrent_trials: must be >= 1, but got 0"),
    ("objective.rule=lst", "objective.rule: must be one of last, best (did you mean last?), but got 'lst'"),
    ("objective.metric=test_acc", "objective.metric: must be one of val_acc, val_loss, balanced_accuracy, "),
    ("store.sharing=false", "store.sharing: must be one of same_device, any, off, but got False"),
    ("store.state_every_seconds=-1", "store.state_every_seconds: must be >= 0, but got -1"),
    ("name=a/b", "name: must be 1 to 64 characters from A-Z a-z 0-9 . _ - "),
    ("name=-a", "name: must be 1 to 64 characters"),
    (f"name={'a' * 65}", "name: must be 1 to 64 characters"),
    ("name=2024", "name: must be a text: put it in quotes, but got 2024"),
    ("space=rt", "space: must be a mapping or one of the names radius, timing, scale, rts (did you mean rts?)"),
    ("space=3", "space: must be a mapping of settings, but got 3"),
    ("space.timing.rule=epochs", "space.timing.rule: must be one of epoch, "),
    ("space.timing.switch_epoch=[0, 9]", "space.timing.switch_epoch: must be <= training.epochs (8), but got 9"),
    ("space.radius.shape=isin", "space.radius.shape: must be one of constant, cosine, inverse_sine, "),
    ("space.radius.beta_min=0", "space.radius.beta_min: must be > 0 for inverse_sine, but got 0.0"),
    ("space.radius.beta_min=1.5", "space.radius.beta_min: must be <= beta_max (1.0), but got 1.5"),
    ("space.radius.beta_min={unform: [1, 2]}", "space.radius.beta_min: must be a number, a list of numbers, "),
]


@pytest.mark.parametrize(("override", "message"), MISTAKES)
def test_a_mistake_is_one_line_with_place_rule_and_value(write: Write, override: str, message: str) -> None:
    path = write(MINE)
    assert refusal(path, override).startswith(f"--set: {message}")
    written = write(yaml.safe_dump(apply_overrides(read_yaml(Path(path)), [override])))
    assert refusal(written).startswith(f"mine.yaml: {message}")


@pytest.mark.parametrize(
    "override",
    [
        "training.epochs=1",
        "training.lr=1",
        "training.weight_decay=5e-4",
        "space.timing.switch_epoch=8",
        "space.radius.beta_min=1",
        "space.radius.beta_min={loguniform: [1e-3, 1]}",
        "space=rts",
        "search.seed=4294967295",
        "search.sampler=random",
        "scheduler=none",
        "scheduler.grace_fraction=1",
        "scheduler.reduction_factor=1.5",
        "baselines=[]",
        "baselines=[pugd]",
        "resources.gpus_per_trial=0.25",
        "resources.gpus_per_trial=1",
        "resources.cpus_per_trial=2",
        "resources={gpus_per_trial: auto, cpus_per_trial: auto}",
        "scheduler={name: none, promotion: true}",
        "resources.max_concurrent_trials=1",
        "store.sharing=off",
        "store.state_every_seconds=0",
        "objective.rule=best",
        "name='2024'",
        f"name={'a' * 64}",
        "model.options.width=8",
        "model={name: small, bsconv: s}",
        "model={name: small, bsconv: {kind: s, p: 1, alpha: 0}}",
        "training.augmentation.horizontal_flip=true",
        "training.augmentation={rand_augment: {num_ops: 1}, mixup: 0.2, gamma: {max: 2}}",
    ],
)
def test_the_other_side_of_each_edge_is_legal(write: Write, override: str) -> None:
    sweep = load_sweep(write(MINE), [override])
    assert parse_sweep(sweep.to_dict(), "study") == sweep


def test_a_mistake_in_the_file_is_not_reported_as_one_of_an_override(write: Write) -> None:
    line = refusal(write(MINE.replace("trials: 4", "trials: 0")), "training.epochs=4")
    assert line == "mine.yaml: search.trials: must be >= 1, but got 0"


def test_a_missing_setting_is_named(write: Write) -> None:
    line = refusal(write(MINE.replace("name: digits", "val_fraction: 0.1")))
    assert line == "mine.yaml: dataset.name: is missing"


def test_a_grid_has_all_its_points_or_fewer(write: Write) -> None:
    grid = ["search={sampler: grid}", "space.timing.switch_epoch=[0, 4, 8]"]
    path = write(MINE)
    assert load_sweep(path, grid).num_trials == 6
    assert load_sweep(path, [*grid, "search.trials=6"]).num_trials == 6
    assert load_sweep(path, [*grid, "search.trials=5"]).num_trials == 5
    line = refusal(path, *grid, "search.trials=7")
    assert line == "--set: search.trials: must be <= 6 (the whole grid), but got 7"
    line = refusal(path, *grid, "space.radius.beta_min={uniform: [0.1, 0.5]}")
    assert line.startswith("--set: space.radius.beta_min: must be a value, a list of values or {integer: [low, high]}")


def test_a_record_is_read_where_its_data_is_gone(tmp_path: Path) -> None:
    values = {**read_yaml(SWEEPS / "cifar10.yaml"), "dataset": {"name": "cifar10", "root": str(tmp_path)}}
    assert parse_sweep(values, "study").dataset.root == str(tmp_path)


def test_the_schema_is_valid_and_explains_every_setting() -> None:
    schema = sweep_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "name" not in schema["required"]
    for section in (schema, *schema["$defs"].values()):
        for name, setting in section["properties"].items():
            explained = {**schema["$defs"].get(setting.get("$ref", "").rpartition("/")[2], {}), **setting}
            assert explained.get("description"), f"{section.get('title')}.{name}"
    with pytest.raises(jsonschema.ValidationError, match="epoch"):
        jsonschema.validate({**yaml.safe_load(MINE), "training": {"epoch": 3}}, schema)


def test_reading_a_sweep_file_loads_neither_torch_nor_ray_nor_optuna() -> None:
    program = (
        "import sys; from rts_search.sweep.sweep_file import load_sweep, sweep_schema\n"
        "load_sweep('digits'); sweep_schema()\n"
        "print([name for name in ('torch', 'torchvision', 'ray', 'optuna', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("override", "place"),
    [
        ("dataset={name: imagefolder, root: photos}", "dataset.root"),
        ("model={name: small, pretrained: weights.pt}", "model.pretrained"),
    ],
)
def test_a_path_that_a_study_cannot_keep_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, override: str, place: str
) -> None:
    folder = Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(
        UserError, match=f"{place}: must have a full path that is UTF-8, which a study can keep, but got"
    ):
        load_sweep("digits", [override], to_run=False)
    monkeypatch.chdir(tmp_path)
    load_sweep("digits", [override], to_run=False)
