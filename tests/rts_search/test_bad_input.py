"""A user's mistake is one line with place, rule, value and way out, and exit code 2; nothing starts or is lost."""

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image

from rts_search import paths, storage
from rts_search.baselines import BaselineConfig
from rts_search.cli import main
from rts_search.service import look_at_data
from rts_search.study import SweepStudy
from rts_search.sweep_file import baseline_config, load_sweep
from tests.trainables.core.data.archives import write_stanford_cars
from trainables.core.config import TrialConfig
from trainables.core.models.small import small

Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run the command line in a folder of its own; the one line that it prints, without `rts-search: `."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["rts-search", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert (ended.value.code, out) == (2, ""), err
        (line,) = err.splitlines()
        return line.removeprefix("rts-search: ")

    return run


def launched(name: str = "digits", *settings: str, storage_url: str | None = None) -> Path:
    """A sweep that is in the study database and has not trained anything; the database file."""
    results = paths.Results(Path("results").resolve())
    results.require_space()
    sweep = load_sweep("digits", [f"name={name}", *settings])
    elsewhere = str(results.folder) if storage_url else None
    facts = look_at_data(sweep.dataset, sweep.training.batch_size, name)
    SweepStudy.create(storage_url or results.storage_url, sweep, facts, elsewhere)
    return results.database


SETTINGS = {
    "training.epoch=4": "--set: training.epoch: is no setting here (did you mean epochs?), but got 4",
    "training.epochs=many": "--set: training.epochs: must be an integer, but got 'many'",
    "space.radius.shape=sinus": "--set: space.radius.shape: must be one of constant, cosine, inverse_sine, sine, "
    "inverse_cosine, cyclic_cosine, linear, step (did you mean sine?), but got 'sinus'",
    "search.sampler=bayes": "--set: search.sampler: must be one of random, grid, tpe, but got 'bayes'",
    "model=resnet": "--set: model.name: must be small, upanet16, resnet18, resnet34, resnet50, resnet101, resnet152, "
    "torchvision/NAME, timm/NAME or package.module:function (did you mean ",
    "model=timm/mobilnetv1_100": "--set: model.name: must be a classification model of timm (did you mean timm/mobile",
    "model=torchvision/fcn_resnet50": "--set: model.name: must be a classification model of torchvision (did you mean ",
    "model={name: small, pretrained: none.pt}": "--set: model.pretrained: must be a file that can be read (No such "
    "file or directory), but got 'none.pt'",
    "model={name: small, pretrained: default}": "--set: model.pretrained: must be a file for small: only models of ",
    "model={name: small, bsconv: t}": "--set: model.bsconv: must be one of u, s, but got 't'",
    "training.head_lr_factor=0": "--set: training.head_lr_factor: must be > 0 and finite, but got 0.0",
    "dataset.name=mnist": "--set: dataset.name: must be one of digits, cifar10, cifar100, imagefolder, tiny_imagenet, "
    "flowers102, stanford_cars, but got 'mnist'",
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


def folder_of_images(root: Path, classes: tuple[str, ...] = ("ant", "bee")) -> Path:
    for part in ("train", "test"):
        for grey, name in enumerate(classes):
            (root / part / name).mkdir(parents=True)
            for number in range(4):
                Image.new("RGB", (8, 8), (grey, number, 0)).save(root / part / name / f"{number}.png")
    return root


def missing(root: Path) -> str:
    rule = "must be an existing folder with train/CLASS/* and test/CLASS/* (or val)"
    return f"--set: dataset.root: {rule}, but got '{root}'"


def empty(root: Path) -> str:
    (root / "train").mkdir(parents=True)
    (root / "test").mkdir()
    return f"--set: dataset.root: must hold 2 or more class folders in train, not 0, but got '{root}'"


def one_class(root: Path) -> str:
    folder_of_images(root, ("ant",))
    return f"--set: dataset.root: must hold 2 or more class folders in train, not 1, but got '{root}'"


def corrupt(root: Path) -> str:
    image = folder_of_images(root) / "train" / "bee" / "2.png"
    image.write_bytes(image.read_bytes()[:40])
    return (
        f"images: dataset.root: must hold images that can be read, but {image} cannot (cannot identify image file "
        f"'{image}'): replace it or remove it, but got '{root}'"
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


def test_a_cache_that_cannot_be_written(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("RTS_SEARCH_CACHE", "file")
    told = refused("launch", "digits")
    assert "must have room for the decoded images, but Not a directory; free some or name another folder" in told
    Path("sgd.yaml").write_text(yaml.safe_dump(sgd().to_dict()))
    assert told == refused("train", "sgd.yaml")


@pytest.mark.parametrize("command", ["check", "launch"])
def test_a_list_of_a_published_archive(refused: Refused, tmp_path: Path, command: str) -> None:
    annotations = write_stanford_cars(tmp_path / "data") / "cars_test_annos_withlabels.mat"
    annotations.write_bytes(annotations.read_bytes()[:200])
    line = refused(command, "digits", "--set", f"dataset={{name: stanford_cars, root: '{tmp_path}/data'}}")
    assert line == (
        f"--set: dataset.root: must hold the published files, but {annotations} cannot be used (it ends too early): "
        f"unpack it again, but got '{tmp_path}/data'"
    )
    assert not (tmp_path / "results").exists()


def test_a_full_disk(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "LEAST_FREE_BYTES", 10**18)
    assert "results: needs at least 1000000000000 MB of free disk, but got" in refused("launch", "digits")


def test_a_name_that_is_taken(refused: Refused) -> None:
    database = launched()
    before = database.read_bytes()
    assert refused("launch", "digits") == (
        "digits: a sweep of this name exists; continue it with `rts-search resume digits` or choose another --name"
    )
    assert database.read_bytes() == before


def test_a_name_that_does_not_exist(refused: Refused) -> None:
    launched("other")
    for command in ("resume", "status", "stop", "table", "export"):
        line = refused(command, "digits")
        assert line == "digits: no sweep of this name has been launched; known are other"


def test_a_database_that_is_not_ours(refused: Refused) -> None:
    Path("results").mkdir()
    with sqlite3.connect("results/studies.sqlite3") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    assert "must be a study database, but holds orders" in refused("launch", "digits")


def test_a_study_that_is_not_ours(refused: Refused) -> None:
    import optuna

    database = launched()
    optuna.create_study(storage=f"sqlite:///{database}", study_name="theirs")
    for command in ("resume", "table"):
        assert refused(command, "theirs").startswith("theirs: must be a study of rts-search")


def test_a_database_that_is_locked(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "BUSY_SECONDS", 0.2)
    connection = sqlite3.connect(launched(), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for command in ("resume", "table", "status"):
            assert "database is locked; another program holds it: end that" in refused(command, "digits")
    finally:
        connection.close()


def test_a_database_that_is_truncated(refused: Refused) -> None:
    database = launched()
    half = database.read_bytes()[: database.stat().st_size // 2]
    database.write_bytes(half)
    for command in ("launch", "resume", "table"):
        assert "restore it from a copy, or name another with --storage" in refused(command, "digits")
    assert database.read_bytes() == half


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
    ],
)
def test_an_exported_config(refused: Refused, content: str | None, line: str) -> None:
    if content is not None:
        Path("best.yaml").write_text(content)
    assert refused("train", "best.yaml").startswith(line)


def test_an_export_that_cannot_be(refused: Refused) -> None:
    launched()
    assert refused("export", "digits").startswith("digits: has no completed trial yet; wait for one")
    assert refused("export", "digits", "-o", "best.txt") == "--format: must be yaml, json or python, but got 'txt'"


def test_a_model_of_ones_own_that_cannot_be_built(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.py").write_text("def net(num_classes, in_channels, image_size):\n    raise ValueError('no such net')\n")
    monkeypatch.syspath_prepend(str(Path.cwd()))
    line = refused("launch", "digits", "--set", "model='mine:net'")
    assert line == "digits: model.name: 'mine:net' cannot train on this data: no such net"
    assert not Path("results/digits").exists()


def test_a_model_of_ones_own_that_changed_before_a_resume(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from trainables.core.models.small import small as net\n"
    Path("changing.py").write_text(source)
    monkeypatch.syspath_prepend(str(Path.cwd()))
    launched("mine", "model='changing:net'")
    Path("changing.py").write_text(source + "# a comment\n")
    assert "changing:net must be what the sweep was launched on, but its file has changed" in refused("resume", "mine")


def test_pretrained_weights_that_do_not_fit_are_refused_before_anything_starts(refused: Refused) -> None:
    torch.save({"other.weight": torch.zeros(1)}, "weights.pt")
    line = refused("launch", "digits", "--set", "model={name: small, pretrained: weights.pt}")
    assert line.startswith("digits: model.pretrained: must fit small, but 0.weight is missing, and ")
    assert not Path("results/digits").exists()


def test_pretrained_weights_that_changed_or_went_before_a_resume(refused: Refused) -> None:
    weights = Path("weights.pt").resolve()
    torch.save(small(10, 1, 8).state_dict(), weights)
    launched("mine", "model={name: small, pretrained: weights.pt}")
    torch.save(small(10, 1, 8).state_dict(), weights)
    line = refused("resume", "mine")
    assert line.startswith(f"mine: model.pretrained: {weights} must be what the sweep was launched with, but its ")
    weights.unlink()
    assert refused("resume", "mine").startswith("mine: model.pretrained: must be a file that can be read (No such file")


def sgd() -> TrialConfig:
    return baseline_config(load_sweep("digits"), BaselineConfig(name="sgd"))


def test_a_model_that_does_not_fit_the_images(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(sgd().to_dict()))
    line = refused("launch", "digits", "--set", "model=torchvision/vgg11")
    assert line.startswith("digits: model.name: takes images of 3 channels, not 1: choose small, upanet16, ")
    line = refused("train", "mine.yaml", "--set", "model.name=torchvision/vgg11")
    assert line.startswith("train: model.name: takes images of 3 channels, not 1: choose small, upanet16, ")
    folder_of_images(tmp_path / "tree")
    settings = f"dataset={{name: imagefolder, root: '{tmp_path}/tree', image_size: 8}}"
    line = refused("launch", "digits", "--set", settings, "--set", "model=resnet18", "--set", "training.batch_size=1")
    assert "'resnet18' cannot train on this data: Expected more than 1 value per channel" in line


def test_weights_that_cannot_be_written_are_refused_before_the_training(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(sgd().to_dict()))
    line = refused("train", "mine.yaml", "--weights", str(tmp_path))
    assert line == f"{tmp_path}: must be a file that can be written, but Is a directory"


def test_a_sweep_in_a_database_elsewhere_has_one_results_folder(refused: Refused, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere.sqlite3"
    launched("mine", storage_url=url)
    for command in ("resume", "status", "stop", "table", "export"):
        line = refused(command, "mine", "--storage", url, "--results", "other")
        assert line.startswith(f"--results: must be {tmp_path}/results, where mine was launched, but got")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--storage", "nonsense"), "--storage: must be an SQLAlchemy URL such as sqlite:///studies.sqlite3"),
        (("--storage", "sqlite://"), "--storage: must be a database that lasts"),
        (("--storage", "oracle://u:hunter2@h/d"), "--storage: oracle needs a driver that is not installed"),
        (("--storage", "sqlite:////proc/x/y.sqlite3"), "/proc/x/y.sqlite3: must be a file that can be made, but"),
        (("--results", "/proc/x"), "/proc/x: must be a folder that can be written, but"),
        (("--results", "what?a=b"), "--results: must not contain ? # or ::"),
        (("--name", "store"), "--set: name: must not be the name of what all sweeps share: set `name`"),
        (("--address", "ray://somewhere:10001"), "--address: must not be a Ray client's, but got"),
    ],
)
def test_a_place_that_cannot_be(refused: Refused, arguments: tuple[str, ...], line: str) -> None:
    assert refused("launch", "digits", *arguments).startswith(line)
