"""A sweep that is sent over HTTP: everything but a valid sweep is refused, and runs no code and reads no other data."""

import json
import time
from pathlib import Path

import pytest

from tests.rts_search.server.held import Held
from tests.rts_search.server.service import YAML, small

pytestmark = pytest.mark.usefixtures("nothing_is_queued")
EVIL = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\ndef model(num_classes):\n    pass\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n", "aliases and anchors"),
        ("name: !!python/object/apply:os.system ['touch ran']\n", "tags are not allowed"),
        ("name: !!python/name:os.system ''\n", "tags are not allowed"),
        ("a: " + "[" * 500 + "]" * 500, "levels deep"),
        ("a: [" + "1, " * 6000 + "1]", "at most 5000 values"),
        ("a: 1\na: 2\n", "twice"),
        ("\x00", "a character that YAML does not allow"),
        ("", "is empty"),
        ("- 1\n", "must be a mapping"),
        (f"{small('new')}\n__class__: 1\n", "__class__"),
    ],
)
def test_yaml_that_is_not_a_sweep_is_refused_in_one_line(held: Held, content: str, told: str) -> None:
    for path in ("/api/check", "/api/sweeps", "/api/plans"):
        began = time.monotonic()
        answer = held.client("ada").post(path, content=content, headers=YAML)
        assert (answer.status_code, told in answer.json()["error"]) == (422, True), answer.text
        assert "\n" not in answer.json()["error"]
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("content", "status"),
    [("{", 422), ("[" * 100_000, 422), ('{"name": NaN}', 422), ("[]", 422), ('"x"', 422), ("{}", 422)],
)
def test_json_that_is_not_a_sweep_is_refused(held: Held, content: str, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    assert held.client("ada").post("/api/check", content=content, headers=headers).status_code == status


def test_another_content_type_is_refused(held: Held) -> None:
    for other in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/pickle"):
        answer = held.client("ada").post("/api/sweeps", content=small("new"), headers={"Content-Type": other})
        assert answer.status_code == 415


@pytest.mark.parametrize("setting", ["name: evil:model", "{name: evil:model}", "os:system", "builtins:eval"])
def test_code_that_a_sweep_names_is_not_run(
    held: Held, setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil.py").write_text(EVIL)
    monkeypatch.syspath_prepend(str(tmp_path))
    model = setting if setting.startswith("{") else f"{{{setting}}}" if setting.startswith("name") else setting
    content = small("new").replace("model: small", f"model: {model}")
    for path in ("/api/check", "/api/sweeps", "/api/plans"):
        answer = held.client("ada").post(path, content=content, headers=YAML)
        assert (answer.status_code, "runs no code" in answer.json()["error"]) == (403, True), answer.text
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["evil:load", "os:getcwd"])
def test_code_that_returns_data_is_not_run(
    held: Held, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil.py").write_text(EVIL)
    monkeypatch.syspath_prepend(str(tmp_path))
    content = small("new").replace("name: digits", f"name: {name}")
    for path in ("/api/check", "/api/sweeps", "/api/plans"):
        answer = held.client("ada").post(path, content=content, headers=YAML)
        assert (answer.status_code, "runs no code" in answer.json()["error"]) == (403, True), answer.text
    assert not (tmp_path / "ran").exists()


def test_a_path_outside_the_data_roots_is_not_read(held: Held) -> None:
    inside = held.results.parent / "data"
    (inside / "link").symlink_to("/etc")
    digits = "dataset: {name: digits, num_train: 64}"
    roots = ("/etc", "/", "~", f"{inside}/../results", f"{inside}/link", "data", "file:///etc", f"{inside}\\0")
    for root in roots:
        content = small("new").replace(digits, f"dataset: {{name: image_folder, root: {json.dumps(root)}}}")
        answer = held.client("ada").post("/api/check", content=content, headers=YAML)
        assert (answer.status_code, "serve --data-root" in answer.json()["error"]) == (403, True), (root, answer.text)
    for file in ("../results/list.csv", "/etc/list.csv", "link/list.csv"):
        content = small("new").replace(digits, f"dataset: {{name: table, root: {inside}, file: {file}}}")
        answer = held.client("ada").post("/api/check", content=content, headers=YAML)
        assert (answer.status_code, "dataset.file: must be in a data" in answer.json()["error"]) == (403, True), file
    content = small("new").replace("model: small", "model: {name: small, pretrained: /etc/passwd}")
    assert held.client("ada").post("/api/check", content=content, headers=YAML).status_code == 403
    content = small("new").replace(digits, f"dataset: {{name: image_folder, root: {inside}}}")
    assert held.client("ada").post("/api/check", content=content, headers=YAML).status_code == 422  # it is empty


@pytest.mark.parametrize("name", ["../x", "/x", "a b", "-x", "x;ls", "$(ls)", "x/../y", ".x", "x" * 65])
def test_a_sweep_whose_name_is_not_a_plain_word_is_refused(held: Held, name: str) -> None:
    content = small("new").replace("name: new", f"name: {json.dumps(name)}")
    assert held.client("ada").post("/api/sweeps", content=content, headers=YAML).status_code == 422
    answer = held.client("ada").post("/api/sweeps", params={"name": name}, content=small("new"), headers=YAML)
    assert answer.status_code == 422
