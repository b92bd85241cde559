"""`tracker doctor` names what is wrong with an installation, and what to do."""

import json
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.hostile import hostile_server
from tests.integration.filling import fill
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.daemon.doctor import Finding, State, ask_server, examine
from tracker.errors import FetchError
from tracker.settings import Settings, load_settings
from tracker.store.database import Database
from tracker.store.upkeep.upgrade import open_store
from tracker.words import FailureKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCES = """
[[source]]
id = "acme"
name = "Acme"
type = "Privacy Policy"
url = "https://acme.example/privacy"

[[route]]
name = "desk"
urls = ["mailto://user:pass@mail.example?to=desk@example.com"]
"""


@pytest.fixture(autouse=True)
def _sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(SOURCES, encoding="utf-8")
    monkeypatch.setenv("TRACKER_SOURCES", str(file))


def found(state: State, **asking: object) -> list[Finding]:
    return [one for one in examine(ManualClock(NOW), **asking) if one.state is state]  # type: ignore[arg-type]


def test_a_new_installation_has_nothing_broken() -> None:
    """What is missing to be useful is named, each with what to do."""
    assert found(State.BROKEN) == []
    assert {one.what for one in found(State.WARNING)} >= {"`contact` is not set", "no daemon runs on it"}
    assert all(one.remedy for one in found(State.WARNING))


def test_a_wrong_setting_is_named_and_ends_the_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without settings nothing else can be looked at."""
    monkeypatch.setenv("TRACKER_HOST_DELAY", "-1")
    (broken,) = found(State.BROKEN)
    assert (broken.area, "host_delay" in broken.what) == ("settings", True)


def test_a_browser_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As broken where a source wants one in any case, as a warning where one may; not where none is wanted."""
    monkeypatch.setenv("TRACKER_BROWSER", str(tmp_path / "none"))
    assert any("without scripts" in one.what and "none" in one.remedy for one in found(State.WARNING))
    monkeypatch.setenv("TRACKER_RENDER", "always")
    (broken,) = found(State.BROKEN)
    assert (broken.what, "none" in broken.remedy) == ("1 source is to be read in a browser", True)
    monkeypatch.setenv("TRACKER_RENDER", "never")
    assert not any("in a browser" in one.what for one in found(State.BROKEN) + found(State.WARNING) + found(State.FINE))
    monkeypatch.setenv("TRACKER_RENDER", "auto")
    monkeypatch.setenv("TRACKER_BROWSER", sys.executable)
    assert any(f"read in {sys.executable}" in one.what for one in found(State.FINE))


def test_a_mistake_in_the_sources_file_is_named(tmp_path: Path) -> None:
    """The rest is looked at all the same."""
    (tmp_path / "sources.toml").write_text("[[source]]\nid = 3\n", encoding="utf-8")
    (broken,) = found(State.BROKEN)
    assert broken.area == "sources"


def test_a_damaged_store_is_named() -> None:
    """The file of the store is no database."""
    path = Path(str(Database(load_settings().store_url).url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no database at all" * 1000)
    (broken,) = found(State.BROKEN)
    assert (broken.area, broken.what) == ("store", "cannot be used: file is not a database")


def test_a_store_with_damaged_pages_is_told_as_by_other_commands() -> None:
    """A backup is to be put back; the address of the store is not what is wrong."""
    with closing(open_store(load_settings())) as database:
        path = Path(str(database.url.database))
        fill(database, 3)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3_000)
    assert any("the file is damaged" in one.remedy for one in found(State.BROKEN))
    assert not any("TRACKER_DATABASE_URL" in one.remedy for one in found(State.BROKEN))


def test_a_folder_of_templates_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands that send refuse to begin then."""
    monkeypatch.setenv("TRACKER_TEMPLATES", str(tmp_path / "none"))
    (broken,) = found(State.BROKEN)
    assert (broken.area, "none: is no folder" in broken.what) == ("routes", True)


def test_a_server_that_does_not_answer_and_a_wrong_clock_are_named() -> None:
    """The network is asked only where that is wanted."""

    def silent(_settings: Settings, url: str) -> None:
        raise FetchError(FailureKind.TIMEOUT, f"{url}: no answer")

    assert [one.area for one in found(State.BROKEN, ask=silent)][:1] == ["network"]
    late = found(State.WARNING, ask=lambda _settings, _url: NOW + timedelta(hours=1))
    assert "this machine's clock differs from acme.example by more than 5 minutes" in {one.what for one in late}


@pytest.mark.parametrize(("said", "wrong"), [("11:00:00 -0000", True), ("12:00:00 -0000", False), ("soon", False)])
def test_the_date_of_a_server_is_read_in_any_form(monkeypatch: pytest.MonkeyPatch, said: str, wrong: bool) -> None:
    """Also one that does not tell its place, and one that is none."""
    answer = f"HTTP/1.1 200 OK\r\nDate: Sun, 01 Mar 2026 {said}\r\nContent-Length: 0\r\n\r\n".encode()
    monkeypatch.setenv("TRACKER_ALLOW_PRIVATE_ADDRESSES", "true")
    with hostile_server() as server:
        url = server.script("/", lambda handler: handler.raw(answer))
        late = found(State.WARNING, ask=lambda settings, _url: ask_server(settings, url))
    assert any("this machine's clock differs" in one.what for one in late) is wrong


def test_no_secret_of_a_route_or_store_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords stand in addresses; the examination repeats none."""
    told = CliRunner().invoke(app, ["doctor", "--offline"]).output
    assert "pass@" not in told
    monkeypatch.setenv("TRACKER_DATABASE_URL", "postgresql://tracker:hunter2@127.0.0.1:1/none")
    refused = CliRunner().invoke(app, ["doctor", "--offline", "--json"])
    assert (refused.exit_code, "hunter2" in refused.output) == (1, False)
    assert "store" in {one["area"] for one in json.loads(refused.output) if one["state"] == "broken"}


def test_failing_sources_are_named() -> None:
    """A source that failed three times in a row is worth a look."""
    with closing(open_store(load_settings())) as database:
        fill(database, 1)
        with database.write() as session:
            from sqlalchemy import text

            session.connection().execute(text("update source set failures = 3"))
    assert "1 of 1 failed three times or more: acme" in {one.what for one in found(State.WARNING)}
