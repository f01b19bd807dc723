"""What the service refuses, with which status; and that nothing of it is run, read or queued."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from rts_search.basics.results_folder import Results
from rts_search.server.app import create_app
from rts_search.server.database.connection import Database
from rts_search.server.database.tables import JobRow, SessionRow
from rts_search.server.database.tokens import create_token, revoke_token
from rts_search.server.middleware.limits import MOST_BYTES
from rts_search.server.settings import ServerSettings
from rts_search.study.workspace import Workspace
from tests.rts_search.server.conftest import YAML, small
from tests.rts_search.server.held import FINISHED, Held, hold

SWEEP = f"/api/sweeps/{FINISHED}"
READ = (
    "/api/schema",
    "/api/sweeps",
    *(f"{SWEEP}{part}" for part in ("", "/trials", "/trials/0/epochs", "/table", "/best", "/sweep", "/figures/curves")),
)
PAGES = ("/", "/new", "/audit", f"/sweeps/{FINISHED}", "/part/sweeps", f"/part/sweeps/{FINISHED}")
CHANGE = (
    ("POST", "/api/sweeps", small("new")),
    ("POST", "/api/plans", small("new")),
    ("POST", f"{SWEEP}/stop", ""),
    ("POST", f"{SWEEP}/resume", ""),
    ("POST", f"{SWEEP}/extend", '{"trials": 9}'),
    ("POST", f"{SWEEP}/confirm", ""),
    ("DELETE", SWEEP, ""),
)
EVIL = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\ndef model(num_classes):\n    pass\n"


def kind(path: str) -> dict[str, str]:
    return YAML if path in ("/api/sweeps", "/api/plans") else {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    folder = tmp_path_factory.mktemp("service")
    (folder / "data").mkdir()
    return hold(folder / "results", folder / "data")


@pytest.fixture(scope="module")
def database(held: Held) -> Database:
    return Database(Workspace(Results(held.results)).storage_url)


@pytest.fixture(autouse=True)
def nothing_is_queued(database: Database) -> Iterator[None]:
    yield
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(JobRow)) == 0


@pytest.mark.parametrize("path", READ)
def test_a_stranger_reads_nothing_and_a_viewer_everything(held: Held, path: str) -> None:
    refused = held.client().get(path)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert list(refused.json()) == ["error"]
    assert held.client("vera").get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_the_login(held: Held, path: str) -> None:
    answer = held.client().get(path)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer rts_nobodys",
        "Bearer ",
        "Bearer",
        "Basic YWRhOmFkYQ==",
        "Bearer ' OR 1=1 --",
        "Bearer \N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
def test_a_token_that_is_nobodys_opens_nothing(held: Held, header: str) -> None:
    answer = held.client().get("/api/sweeps", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401


def test_a_revoked_token_opens_nothing_and_its_browsers_are_logged_out(held: Held, database: Database) -> None:
    token = create_token(database, "eve", "viewer")
    client = held.client()
    client.post("/login", data={"token": token})
    assert client.get("/api/sweeps").status_code == 200
    revoke_token(database, "eve")
    assert client.get("/api/sweeps").status_code == 401
    assert held.client().get("/api/sweeps", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_tokens_and_cookies_are_not_in_the_database(held: Held) -> None:
    client = held.client()
    client.post("/login", data={"token": held.tokens["ada"]})
    (cookie,) = client.cookies.values()
    written = b"".join(file.read_bytes() for file in held.results.iterdir() if file.is_file())
    assert not [secret for secret in (*held.tokens.values(), cookie) if secret.encode() in written]


def test_a_session_ends_in_time(held: Held, database: Database) -> None:
    client = held.client()
    client.post("/login", data={"token": held.tokens["ada"]})
    assert client.get("/api/sweeps").status_code == 200
    with database.session() as session:
        session.execute(update(SessionRow).values(expires=time.time() - 1))
    assert client.get("/api/sweeps").status_code == 401


@pytest.mark.parametrize(("method", "path", "content"), CHANGE)
@pytest.mark.parametrize(("who", "status"), [(None, 401), ("vera", 403)])
def test_who_may_only_look_changes_nothing(
    held: Held, method: str, path: str, content: str, who: str | None, status: int
) -> None:
    answer = held.client(who).request(method, path, content=content, headers=kind(path))
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("method", "path", "content"), CHANGE[2:])
def test_nobody_but_an_admin_changes_what_another_has_launched(
    held: Held, method: str, path: str, content: str
) -> None:
    answer = held.client("bob").request(method, path, content=content, headers=kind(path))
    assert (answer.status_code, "is not yours" in answer.json()["error"]) == (403, True)


def test_only_an_admin_jumps_the_queue_and_reads_who_did_what(held: Held) -> None:
    ada, root = held.client("ada"), held.client("root")
    assert ada.post("/api/sweeps?priority=1", content=small("new"), headers=YAML).status_code == 403
    assert ada.get("/audit").status_code == 403
    page = root.get("/audit")
    assert page.status_code == 200
    assert "POST /api/sweeps" in page.text
    assert "403" in page.text


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "....//etc",
        "%00",
        "a%0ab",
        ".tokens",
        "-rf",
        "done:confirm",
        "x" * 65,
        "%c0%ae%c0%ae",
    ],
)
@pytest.mark.parametrize("part", ["", "/table", "/sweep", "/trials/0/epochs"])
def test_a_name_never_becomes_another_path(held: Held, name: str, part: str) -> None:
    answer = held.client("vera").get(f"/api/sweeps/{name}{part}")
    # A client that walks up `..` itself asks for another path of the service: the list, or what there is not.
    assert answer.status_code in ((200, 404, 422) if name == ".." else (404, 422)), answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "file", ["..%2fapp.py", "%2e%2e%2fapp.py", "..%5capp.py", "%2fetc%2fpasswd", "app.py", "style.css%00"]
)
def test_assets_are_the_service_s_own_files_only(held: Held, file: str) -> None:
    assert held.client("vera").get(f"/assets/{file}").status_code in (303, 404)


def test_a_large_body_is_refused_whether_its_length_is_told_or_not(held: Held) -> None:
    ada, body = held.client("ada"), b"#" * (MOST_BYTES + 1)
    assert ada.post("/api/check", content=body, headers=YAML).status_code == 413
    assert ada.post("/api/check", content=iter([body[:1000], body]), headers=YAML).status_code == 413
    assert ada.post("/api/check", content=b"x", headers={**YAML, "Content-Length": "-1"}).status_code in (400, 413)
    assert ada.post("/api/check", content=b"#" * 1000, headers=YAML).status_code == 422


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
def test_yaml_that_is_no_sweep_is_refused_in_one_line(held: Held, content: str, told: str) -> None:
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
def test_json_that_is_no_sweep_is_refused(held: Held, content: str, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    assert held.client("ada").post("/api/check", content=content, headers=headers).status_code == status


def test_another_kind_of_body_is_refused(held: Held) -> None:
    for other in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/pickle"):
        answer = held.client("ada").post("/api/sweeps", content=small("new"), headers={"Content-Type": other})
        assert answer.status_code == 415


@pytest.mark.parametrize("setting", ["name: evil:model", "{name: evil:model}", "os:system", "builtins:eval"])
def test_no_code_that_a_sweep_names_is_run(
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


def test_no_path_outside_the_data_roots_is_read(held: Held) -> None:
    inside = held.results.parent / "data"
    (inside / "link").symlink_to("/etc")
    digits = "dataset: {name: digits, num_train: 512}"
    roots = ("/etc", "/", "~", f"{inside}/../results", f"{inside}/link", "data", "file:///etc", f"{inside}\\0")
    for root in roots:
        content = small("new").replace(digits, f"dataset: {{name: image_folder, root: {json.dumps(root)}}}")
        answer = held.client("ada").post("/api/check", content=content, headers=YAML)
        assert (answer.status_code, "serve --data-root" in answer.json()["error"]) == (403, True), (root, answer.text)
    content = small("new").replace("model: small", "model: {name: small, pretrained: /etc/passwd}")
    assert held.client("ada").post("/api/check", content=content, headers=YAML).status_code == 403
    content = small("new").replace(digits, f"dataset: {{name: image_folder, root: {inside}}}")
    assert held.client("ada").post("/api/check", content=content, headers=YAML).status_code == 422  # it is empty


@pytest.mark.parametrize("name", ["../x", "/x", "a b", "-x", "x;ls", "$(ls)", "x/../y", ".x", "x" * 65])
def test_a_sweep_s_name_is_a_plain_word(held: Held, name: str) -> None:
    content = small("new").replace("name: new", f"name: {json.dumps(name)}")
    assert held.client("ada").post("/api/sweeps", content=content, headers=YAML).status_code == 422
    answer = held.client("ada").post("/api/sweeps", params={"name": name}, content=small("new"), headers=YAML)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("extend", '{"trials": 0}'),
        ("extend", '{"trials": 1}'),
        ("extend", '{"trials": "9"}'),
        ("extend", '{"trials": 9, "results": "/etc"}'),
        ("extend", ""),
        ("confirm", '{"seeds": 1}'),
        ("confirm", '{"top_k": 1e9}'),
        ("confirm", '{"seeds": 5, "--results": "/etc"}'),
        ("resume", '{"budget": {"hours": "1; ls"}}'),
        ("resume", '{"budget": {"hours": -1}}'),
        ("resume", '{"__proto__": 1}'),
    ],
)
def test_arguments_are_checked_before_anything_is_started(held: Held, path: str, content: str) -> None:
    answer = held.client("root").post(f"{SWEEP}/{path}", content=content, headers=kind(""))
    assert answer.status_code == 422, answer.text


def test_a_state_in_which_it_makes_no_sense_is_told(held: Held) -> None:
    root = held.client("root")
    assert root.post(f"{SWEEP}/stop").status_code == 409
    assert root.post(f"{SWEEP}/resume").status_code == 409
    assert root.post("/api/sweeps", content=small(FINISHED), headers=YAML).status_code == 409
    assert root.post("/api/sweeps/none/stop").status_code == 404
    assert root.get(f"{SWEEP}/trials/99/epochs").status_code == 404
    assert root.get(f"{SWEEP}/plan").status_code == 404
    assert root.get(f"{SWEEP}/figures/secrets").status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8080"},
        {},
    ],
)
def test_a_page_of_another_site_can_make_no_browser_act(held: Held, headers: dict[str, str]) -> None:
    browser = held.client()
    browser.post("/login", data={"token": held.tokens["root"]})
    for method, path, content in CHANGE:
        answer = browser.request(method, path, content=content, headers={**kind(path), **headers})
        assert (answer.status_code, answer.json()["error"]) == (
            403,
            "this request did not come from a page of this service",
        )
    assert browser.post("/logout", headers=headers).status_code == 403
    assert browser.get("/api/sweeps").status_code == 200


def test_a_page_of_this_service_can(held: Held) -> None:
    browser = held.client()
    browser.post("/login", data={"token": held.tokens["root"]})
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}):
        answer = browser.post("/api/check", content=small("new"), headers={**YAML, **headers})
        assert answer.status_code == 200, answer.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(held: Held) -> None:
    answer = held.client().post("/login", data={"token": held.tokens["ada"]})
    flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= flags


def test_another_name_of_this_machine_is_not_answered(held: Held) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", ""):
        answer = held.client("root").get("/api/sweeps", headers={"Host": host})
        assert answer.status_code == 421
    for host in ("localhost:8265", "127.0.0.1:1", "[::1]:8265"):
        assert held.client("root").get("/api/sweeps", headers={"Host": host}).status_code == 200


def test_after_the_login_a_browser_stays_on_this_service(held: Held) -> None:
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y"):
        answer = held.client().post("/login", data={"token": held.tokens["ada"], "next": target})
        assert answer.headers["location"] == "/"


def test_text_of_a_user_is_text_on_every_page(held: Held) -> None:
    page = held.client("vera").get("/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text
    policy = held.client("vera").get("/").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_guessing_tokens_is_slow(tmp_path: Path) -> None:
    workspace = Workspace(Results(tmp_path / "own"))
    create_token(Database(_made(workspace).storage_url), "ada", "runner")
    own = Held(create_app(ServerSettings(workspace)), tmp_path, {})
    codes = [own.client().post("/login", data={"token": f"rts_{number}"}).status_code for number in range(12)]
    assert codes == [401] * 10 + [429] * 2


def test_one_client_that_asks_too_often_is_told_to_wait(tmp_path: Path) -> None:
    own = Held(
        create_app(ServerSettings(_made(Workspace(Results(tmp_path / "own"))), requests_per_second=5)), tmp_path, {}
    )
    answers = [own.client().get("/healthz") for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert int(next(answer for answer in answers if answer.status_code == 429).headers["Retry-After"]) >= 1


def _made(workspace: Workspace) -> Workspace:
    workspace.results.require_space()
    return workspace


def test_the_first_token_ends_the_time_in_which_a_local_user_needs_none(tmp_path: Path) -> None:
    workspace = _made(Workspace(Results(tmp_path / "own")))
    own = Held(create_app(ServerSettings(workspace)), tmp_path, {})
    assert own.client().get("/api/sweeps").status_code == 200
    create_token(Database(workspace.storage_url), "ada", "viewer")
    assert own.client().get("/api/sweeps").status_code == 401
