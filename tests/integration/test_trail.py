"""The trail is appended to and cannot be altered unseen."""

import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner

from tests.conftest import empty
from tracker.cli.app import app
from tracker.store.database import Database
from tracker.store.lock import Leadership
from tracker.store.people.trail import append, entries, verify_trail
from tracker.store.upkeep.upgrade import create_store

AT = datetime(2026, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def trail(database: Database) -> Database:
    """A trail of three deeds."""
    with database.write() as session:
        append(session, at=AT, actor="ann", action="source.mute", source="acme", subject="acme")
        append(session, at=AT + timedelta(hours=1), actor="bob", action="login.failed", detail={"from": "a\0b\ud800"})
        append(session, at=AT + timedelta(hours=2), actor="ann", action="source.resume", source="acme")
    return database


def test_entries_are_filtered_newest_first(trail: Database) -> None:
    """By who, what, of which source, and when."""
    with trail.read() as session:
        assert [entry.action for entry in entries(session)] == ["source.resume", "login.failed", "source.mute"]
        assert [entry.action for entry in entries(session, actor="bob")] == ["login.failed"]
        assert [entry.action for entry in entries(session, action="source", limit=1)] == ["source.resume"]
        assert [entry.actor for entry in entries(session, since=AT + timedelta(minutes=1), source="acme")] == ["ann"]
        first = entries(session)[-1].id
        assert first is not None
        assert [entry.action for entry in entries(session, before_id=first + 1)] == ["source.mute"]


@pytest.mark.parametrize("statement", ["update trail set actor = 'eve'", "delete from trail"])
def test_the_store_refuses_to_alter_it(trail: Database, statement: str) -> None:
    """Not by this program, nor by hand in the same database."""
    with pytest.raises(DatabaseError, match="append-only"), trail.write() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update trail set actor = 'eve' where action = 'login.failed'", ["was altered"]),
        ("delete from trail where action = 'login.failed'", ["does not follow"]),
    ],
)
def test_who_forces_it_is_found_out(trail: Database, statement: str, told: list[str]) -> None:
    """Without the trigger the chain still shows where something was altered or taken out."""
    with trail.write() as session:
        if trail.is_sqlite:
            session.execute(text("drop trigger trail_no_update"))
            session.execute(text("drop trigger trail_no_delete"))
        else:
            session.execute(text("drop trigger trail_refuse on trail"))
        session.execute(text(statement))
    with trail.read() as session:
        broken = [link for link in verify_trail(session) if link.detail]
    assert [next(part for part in told if part in link.detail) for link in broken] == told


def test_a_whole_trail_is_sound(trail: Database) -> None:
    """Nothing is held against it."""
    with trail.read() as session:
        assert [link.detail for link in verify_trail(session)] == ["", "", ""]


#: Appends as fast as it can, as another process of the same store does.
APPENDER = """
import sys
from contextlib import closing
from datetime import UTC, datetime
from tracker.store.database import Database
from tracker.store.people.trail import append
store = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    with store.write() as session:
        append(session, at=datetime.now(UTC), actor=sys.argv[2], action="test.append", detail={"number": number})
store.close()
"""


def test_two_processes_make_one_chain(database: Database) -> None:
    """Each entry follows the one before it, whoever wrote that; none is lost."""
    address = database.url.render_as_string(hide_password=False)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", APPENDER, address, actor], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for actor in ("ann", "bob")
    ]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in both:
        one.communicate("go\n", timeout=240)
    assert [one.returncode for one in both] == [0, 0]
    with database.read() as session:
        assert [link.detail for link in verify_trail(session)] == [""] * 80
        found = entries(session)
    for actor in ("ann", "bob"):
        numbers = [entry.detail["number"] for entry in reversed(found) if entry.actor == actor]
        assert numbers == list(range(40))


@pytest.mark.postgres
def test_a_deed_is_written_down_while_a_planner_leads(postgres_url: str) -> None:
    """Whoever leads a cluster holds the lead all the time, and keeps nobody from the trail."""
    with closing(Database(postgres_url)) as store:
        empty(store)
        create_store(store)
        lead = Leadership(store)
        assert lead.hold()
        with store.write() as session:
            session.connection().exec_driver_sql("set local lock_timeout = '20s'")
            append(session, at=AT, actor="ann", action="login")
        lead.give_up()


def test_deeds_on_the_command_line_are_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the operating system's user; listing writes nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nid = "acme"\nname = "Acme"\ntype = "Privacy Policy"\nurl = "https://acme.example/privacy"\n',
        encoding="utf-8",
    )
    (tmp_path / "password").write_text("correct horse battery\n", encoding="utf-8")
    for words in (
        "sources mute acme --until 2030-01-01",
        "sources unmute acme",
        "sources pause acme",
        "user add bob --role reviewer --password-file password",
        "user list",
        "token create reader",
        "user disable bob",
    ):
        result = CliRunner().invoke(app, words.split())
        assert result.exit_code == 0, (words, result.output, result.exception)
    told = json.loads(CliRunner().invoke(app, ["trail", "--json"]).output)
    assert [(entry["actor"], entry["action"], entry["subject"]) for entry in told] == [
        ("ann", "user.disable", "bob"),
        ("ann", "token.create", "reader"),
        ("ann", "user.add", "bob"),
        ("ann", "source.pause", "acme"),
        ("ann", "source.unmute", "acme"),
        ("ann", "source.mute", "acme"),
    ]
    assert told[-1]["detail"] == {"until": "2030-01-01"}
