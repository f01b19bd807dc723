"""The cache of a node: images are decoded once, also if a process dies, and all processes share one copy."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from trainables.core.data import Dataset, load_dataset
from trainables.core.data.cache import CacheError, cache_folder
from trainables.core.data.decode import ImageFiles
from trainables.core.settings.config import DatasetConfig

SIZE = 16


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RTS_SEARCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def tree(root: Path, per_class: int = 4, size: int = SIZE) -> DatasetConfig:
    """Make a folder of noise images, always the same."""
    random = np.random.RandomState(0)
    for part in ("train", "test"):
        for name in ("ant", "bee"):
            (root / part / name).mkdir(parents=True)
            for index in range(per_class):
                pixels = random.randint(0, 256, (size, size, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(root / part / name / f"{index}.png")
    return DatasetConfig("imagefolder", root=str(root))


def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that collects the root of every folder that is read from now on."""
    roots: list[str] = []
    read = ImageFiles.read

    def note(self: ImageFiles, indices: object, into: object) -> None:
        roots.append(str(self.config.root))
        read(self, indices, into)  # type: ignore[arg-type]

    monkeypatch.setattr(ImageFiles, "read", note)
    return roots


def assert_equal(one: Dataset, two: Dataset) -> None:
    for name in ("train", "val", "test"):
        assert np.array_equal(getattr(one, name).images, getattr(two, name).images)
        assert np.array_equal(getattr(one, name).labels, getattr(two, name).labels)
    assert (one.classes, one.mean, one.std, one.fingerprint) == (two.classes, two.mean, two.std, two.fingerprint)


def process(code: str, *arguments: str) -> subprocess.Popen[str]:
    imports = (
        "import sys\n"
        "from trainables.core.data import load_dataset\n"
        "from trainables.core.settings.config import DatasetConfig\n"
    )
    config = "config = DatasetConfig('imagefolder', root=sys.argv[1])\n"
    command = [sys.executable, "-c", imports + config + code, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_the_folder_is_that_of_the_variable_else_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTS_SEARCH_CACHE", "/somewhere")
    assert cache_folder() == Path("/somewhere")
    monkeypatch.setenv("RTS_SEARCH_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/rts-search")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "rts-search"


@pytest.mark.usefixtures("cache")
def test_a_data_set_is_decoded_once_and_comes_back_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, reads = tree(tmp_path / "data"), decoded(monkeypatch)
    first = load_dataset(config)
    assert len(reads) == 3, "a read for each part"
    assert_equal(load_dataset(config), first)
    assert len(reads) == 3
    assert isinstance(first.train.images, np.memmap)


@pytest.mark.usefixtures("cache")
def test_other_settings_are_kept_beside_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, reads = tree(tmp_path / "data"), decoded(monkeypatch)
    small = DatasetConfig("imagefolder", root=config.root, image_size=8)
    shapes = [load_dataset(wanted).train.images.shape[2] for wanted in (config, small, config, small)]
    assert shapes == [SIZE, 8, SIZE, 8]
    assert len(reads) == 6


@pytest.mark.usefixtures("cache")
def test_a_default_that_is_written_out_has_the_same_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, reads = str(tree(tmp_path / "data").root), decoded(monkeypatch)
    for ways, decodings in (
        ({}, 3),
        ({"val_fraction": 0.2}, 3),
        ({"resize": "stretch"}, 3),
        ({"resize": "short_side"}, 6),
        ({"val_fraction": 0.5}, 9),
    ):
        load_dataset(DatasetConfig("imagefolder", root=root, image_size=8, **ways))  # type: ignore[arg-type]
        assert len(reads) == decodings


def test_changed_files_are_decoded_anew_and_the_old_parts_are_removed(tmp_path: Path, cache: Path) -> None:
    config = tree(tmp_path / "data")
    before = load_dataset(config)
    image = Path(str(config.root)) / "train" / "ant" / "0.png"
    Image.new("RGB", (SIZE, SIZE), "red").save(image)
    after = load_dataset(config)
    assert after.fingerprint != before.fingerprint
    assert [folder.suffix for folder in cache.glob("*/*/")] == [""], "one state of each data set"
    assert before.train.images.sum() > 0, "what is mapped stays readable"


def test_writing_to_a_loaded_image_changes_nobody_elses(tmp_path: Path, cache: Path) -> None:
    config = tree(tmp_path / "data")
    mine, theirs = load_dataset(config), load_dataset(config)
    mine.train.images[:] = 0
    assert theirs.train.images.any()
    assert load_dataset(config).train.images.any()
    assert cache.is_dir()


@pytest.mark.usefixtures("cache")
def test_one_process_decodes_while_the_others_wait(tmp_path: Path) -> None:
    config = tree(tmp_path / "data", per_class=20)
    code = (
        "from trainables.core.data.decode import ImageFiles\n"
        "read, reads = ImageFiles.read, []\n"
        "ImageFiles.read = lambda *given: (reads.append(1), read(*given))\n"
        "sys.stdin.readline()\n"
        "print(load_dataset(config).fingerprint, len(reads))\n"
    )
    processes = [process(code, str(config.root)) for _ in range(4)]
    for one in processes:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    answers = [one.communicate(timeout=60)[0].split() for one in processes]
    assert len({fingerprint for fingerprint, _ in answers}) == 1
    assert sorted(int(reads) for _, reads in answers) == [0, 0, 0, 3]


def test_a_process_killed_while_it_decodes_leaves_nothing_that_is_taken_for_data(tmp_path: Path, cache: Path) -> None:
    config = tree(tmp_path / "data")
    code = (
        "import time\n"
        "from trainables.core.data.decode import ImageFiles\n"
        "read = ImageFiles.read\n"
        "ImageFiles.read = lambda *given: (read(*given), print('one part', flush=True), time.sleep(60))\n"
        "load_dataset(config)\n"
    )
    with process(code, str(config.root)) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "one part\n"
        killed.send_signal(signal.SIGKILL)
    (left,) = cache.glob("*/*/")
    assert left.suffix == ".partial"
    dataset = load_dataset(config)
    assert [folder.suffix for folder in cache.glob("*/*/")] == [""]
    assert dataset.train.images.any(axis=(1, 2, 3)).all()


def test_a_cache_that_cannot_be_written_is_one_line_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RTS_SEARCH_CACHE", str(tmp_path / "file"))
    message = r"must have room .*Not a directory; free some space or name .*RTS_SEARCH_CACHE"
    with pytest.raises(CacheError, match=message):
        load_dataset(DatasetConfig("digits"))


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_three_processes_hold_one_copy_of_the_images(tmp_path: Path) -> None:
    config = tree(tmp_path / "data", per_class=4, size=512)  # 6 MB of training images
    megabytes = load_dataset(config).train.images.nbytes / 1e6
    code = (
        "images = load_dataset(config).train.images\n"
        "print(int(images.sum(dtype='int64')), flush=True)\n"
        "sys.stdin.readline()\n"
    )
    processes = [process(code, str(config.root)) for _ in range(3)]
    try:
        sums = {one.stdout.readline() for one in processes if one.stdout is not None}
        assert len(sums) == 1, "every process has read every pixel"
        shares = [_resident_share(one.pid) / 1e6 for one in processes]
    finally:
        for one in processes:
            one.communicate("\n", timeout=60)
    assert sum(shares) < 1.1 * megabytes, "together they hold what one would hold alone"


def _resident_share(pid: int) -> float:
    """Bytes of the mapped training images in a process, each shared page divided by the number of its users."""
    maps = psutil.Process(pid).memory_maps(grouped=False)
    return float(sum(region.pss for region in maps if region.path.endswith(f"{os.sep}train.npy")))
