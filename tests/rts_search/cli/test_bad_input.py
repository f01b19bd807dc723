"""A user's mistake is one line with place, rule, value and way out, and exit code 2; nothing starts or is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.rts_search.bad_input import folder_of_images, sgd
from tests.rts_search.conftest import Refused
from tests.trainables.core.data.archives import write_stanford_cars

SETTINGS = {
    "training.epoch=4": "--set: training.epoch: is no setting here (did you mean epochs?)",
    "training.epochs=many": "--set: training.epochs: must be an integer, but got 'many'",
    "space.radius.shape=sinus": "--set: space.radius.shape: must be one of constant, cosine, inverse_sine, sine, "
    "inverse_cosine, cyclic_cosine, linear, step (did you mean sine?), but got 'sinus'",
    "baselines=[{name: sgd, lr: 0.05}]": "--set: baselines.0.lr: is no setting here; known are name, radius, eta, "
    "inner_lr, inner_steps, k, alpha, sigma, decay, training, space",
    "search.sampler=bayes": "--set: search.sampler: must be one of random, grid, qmc, tpe, gp, cmaes, nsga2 "
    "(did you mean tpe?), but got 'bayes'",
    "model=resnet": "--set: model.name: must be small, upanet16, resnet18, resnet34, resnet50, resnet101, resnet152, "
    "torchvision/NAME, timm/NAME or package.module:function (did you mean ",
    "model=timm/mobilnetv1_100": "--set: model.name: must be a classification model of timm (did you mean timm/mobile",
    "model=torchvision/fcn_resnet50": "--set: model.name: must be a classification model of torchvision (did you mean ",
    "model={name: small, pretrained: none.pt}": "--set: model.pretrained: must be a file that can be read (No such "
    "file or directory), but got 'none.pt'",
    "model={name: small, pretrained: default}": "--set: model.pretrained: must be a file for small: only models of ",
    "model={name: small, bsconv: t}": "--set: model.bsconv: must be one of u, s, but got 't'",
    "training.head_lr_factor=0": "--set: training.head_lr_factor: must be > 0 and finite, but got 0.0",
    "training.lr_schedule=steps": "--set: training.lr_schedule: must be one of constant, cosine, linear, step, ",
    "training.lr_schedule=3": "--set: training.lr_schedule: must be a name or a mapping of settings, but got 3",
    "training.lr_schedule={nam: cosine}": "--set: training.lr_schedule.nam: is no setting here (did you mean name?)",
    "training.lr_schedule={name: step}": "--set: training.lr_schedule.milestones: is needed by step",
    "training.lr_schedule={name: step, milestones: [0.7, 0.5]}": "--set: training.lr_schedule.milestones: must be in "
    "rising order, but got [0.7, 0.5]",
    "training.lr_schedule={name: cosine, warmup_epochs: 12}": "--set: training.lr_schedule.warmup_epochs: must be < "
    "training.epochs (12), but got 12.0",
    "training.lr_schedule={name: cosine, gamma: 0.1}": "--set: training.lr_schedule.gamma: is not used by cosine: "
    "leave it out, but got 0.1",
    "training.label_smoothing=1": "--set: training.label_smoothing: must be in [0, 1), but got 1.0",
    "training.optimizer={name: adamw, betas: [0.9, 1.0]}": "--set: training.optimizer.betas: must be two numbers in ",
    "training.freeze_epochs=12": "--set: training.freeze_epochs: must be >= 0 and < epochs (12), but got 12",
    "dataset.name=mnist": "--set: dataset.name: must be one of digits, cifar10, cifar100, imagefolder, tiny_imagenet, "
    "flowers102, stanford_cars, stanford_dogs, imagenet, table, package.module:function, but got 'mnist'",
    "space.timing={rule: entropy}": "--set: space.timing.rule: must be one of epoch, ",
    "space.radius={shape: inverse_sine, beta_min: 0, beta_max: 1}": "--set: space.radius.beta_min: must be > 0 for "
    "inverse_sine, but got 0.0",
    "space.radius={shape: sine, beta_min: 2, beta_max: 1}": "--set: space.radius.beta_min: must be <= beta_max (1.0), "
    "but got 2.0",
    "space.timing={rule: epoch, switch_epoch: 13}": "--set: space.timing.switch_epoch: must be <= training.epochs (12)"
    ", but got 13",
    "training.batch_size=-1": "--set: training.batch_size: must be >= 1, but got -1",
    "training.epochs=0": "--set: training.epochs: must be >= 1, but got 0",
    "search.trials=0": "--set: search.trials: must be >= 1, but got 0",
}


@pytest.mark.parametrize(("setting", "line"), SETTINGS.items(), ids=list(SETTINGS))
@pytest.mark.parametrize("command", ["check", "launch"])
def test_a_setting(refused: Refused, tmp_path: Path, command: str, setting: str, line: str) -> None:
    settings = [setting]
    if setting.startswith("space."):
        settings.insert(0, "space={radius: {shape: constant, value: 1.0}}")
    got = refused(command, "digits", *(part for one in settings for part in ("--set", one)))
    assert got.startswith(line)
    assert list(tmp_path.iterdir()) == []


def missing(root: Path) -> str:
    rule = "must be an existing folder with train/CLASS/* and test/CLASS/* (or val)"
    return f"--set: dataset.root: {rule}, but got '{root}'"


def empty(root: Path) -> str:
    (root / "train").mkdir(parents=True)
    (root / "test").mkdir()
    return f"--set: dataset.root: must hold 2 or more class folders, but {root / 'train'} has 0"


def one_class(root: Path) -> str:
    folder_of_images(root, ("ant",))
    return f"--set: dataset.root: must hold 2 or more class folders, but {root / 'train'} has 1"


def corrupt(root: Path) -> str:
    image = folder_of_images(root) / "train" / "bee" / "2.png"
    image.write_bytes(image.read_bytes()[:40])
    return (
        f"images: dataset.root: must hold images that can be read, but {image} cannot (cannot identify image file "
        f"'{image}'): replace it or remove it"
    )


@pytest.mark.parametrize("broken", [missing, empty, one_class, corrupt])
def test_a_folder_of_images(refused: Refused, tmp_path: Path, broken: Callable[[Path], str]) -> None:
    root = tmp_path / "tree"
    line = broken(root)
    assert (
        refused("launch", "digits", "--name", "images", "--set", f"dataset={{name: imagefolder, root: '{root}'}}")
        == line
    )
    assert not (tmp_path / "results" / "images").exists()


@pytest.mark.parametrize("command", ["check", "launch"])
def test_a_function_that_returns_other_arrays(
    refused: Refused, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    broken, floats = f"broken_for_{command}", f"floats_for_{command}"
    (tmp_path / f"{broken}.py").write_text("def load(): return {")
    line = refused(command, "digits", "--set", f"dataset={{name: '{broken}:load'}}")
    assert line.startswith("--set: dataset.name: must name a module that can be imported (SyntaxError: ")
    (tmp_path / f"{floats}.py").write_text(
        "import numpy\ndef load(): return dict(train_images=numpy.ones((4, 8, 8)), train_labels=[0, 1, 0, 1], "
        "test_images=numpy.ones((4, 8, 8)), test_labels=[0, 1, 0, 1])"
    )
    line = refused(command, "digits", "--set", f"dataset={{name: '{floats}:load'}}")
    assert line == (
        "digits: dataset.name: must name a function whose train_images are uint8, not float64: with values in [0, 1], "
        f"convert them by (images * 255).round().astype('uint8'), but got '{floats}:load'"
    )
    assert not (tmp_path / "results" / "digits").exists()


def test_a_cache_that_cannot_be_written(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("RTS_SEARCH_CACHE", "file")
    told = refused("launch", "digits")
    assert "must have room for the decoded images, but Not a directory; free some space or name another folder" in told
    Path("sgd.yaml").write_text(yaml.safe_dump(sgd().to_dict()))
    assert told == refused("train", "sgd.yaml")


@pytest.mark.parametrize("command", ["check", "launch"])
def test_a_list_of_a_published_archive(refused: Refused, tmp_path: Path, command: str) -> None:
    annotations = write_stanford_cars(tmp_path / "data") / "cars_test_annos_withlabels.mat"
    annotations.write_bytes(annotations.read_bytes()[:200])
    line = refused(command, "digits", "--set", f"dataset={{name: stanford_cars, root: '{tmp_path}/data'}}")
    assert line == (
        f"--set: dataset.root: must hold the published files, but {annotations} cannot be used (it ends too early): "
        "unpack it again"
    )
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a: [1\nb: 2", "mine.yaml: line 2, column 2: expected ',' or ']'"),
        ("a: !!python/object/apply:os.system [x]", "mine.yaml: line 1, column 4: tags are not allowed"),
        ("a: &a x\nb: [" + "*a, " * 25_000_000 + "]", "mine.yaml: must have at most 1000000 bytes, but has more"),
    ],
    ids=["does not parse", "python tag", "100 MB of aliases"],
)
def test_yaml(refused: Refused, content: str, line: str) -> None:
    Path("mine.yaml").write_text(content)
    for command in ("check", "launch", "train"):
        assert refused(command, "mine.yaml").startswith(line)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "best.yaml: "),
        ("", "best.yaml: must be a mapping of settings, but is empty"),
        ("training: {lr: 1}\nprovenance: {digest: abc}", "best.yaml: provenance.digest: does not match the settings"),
        ("training: {lr: 1}\nprovenance: 3", "best.yaml: provenance.digest: does not match the settings"),
        ("trainng: {lr: 1}", "best.yaml: trainng: "),
        ("space: rts\nsearch: {trials: 2}", "best.yaml: must be a config file, but search, space make it a sweep file"),
    ],
)
def test_an_exported_config(refused: Refused, content: str | None, line: str) -> None:
    if content is not None:
        Path("best.yaml").write_text(content)
    assert refused("train", "best.yaml").startswith(line)
