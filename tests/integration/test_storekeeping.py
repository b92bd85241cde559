"""A store is moved, taken out and brought in again, backed up and restored, without losing a row."""

import hashlib
import json
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select
from typer.testing import CliRunner

from tests.integration.filling import fill, snapshot
from tests.postgres import Postgres
from tests.support.dump import dump_content
from tracker.cli.app import app
from tracker.errors import SchemaError, StoreBusyError, StoreError, UsageError
from tracker.settings import load_settings
from tracker.store.database import Database
from tracker.store.lock import HOLDER, daemon_lock
from tracker.store.meta import write_meta
from tracker.store.people.trail import append
from tracker.store.schema.tables import Blob, Snapshot, SourceRow
from tracker.store.texts.retention import KeepRaw, expired_payloads, remove_expired
from tracker.store.upkeep import moving
from tracker.store.upkeep.backup import back_up, restore
from tracker.store.upkeep.moving import move_store
from tracker.store.upkeep.portable import MANIFEST, read_portable, write_portable
from tracker.store.upkeep.upgrade import create_store, open_store
from tracker.store.upkeep.verify import verify_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def content(database: Database) -> list[str]:
    with database.read() as session:
        return list(dump_content(session))


def made(path: Path) -> Database:
    database = Database(f"sqlite:///{path}")
    create_store(database)
    return database


def more(database: Database, count: int) -> None:
    """Add captures to a filled store."""
    with database.write() as session:
        key = session.exec(select(SourceRow.key)).one()
        assert key is not None
        for day in range(count):
            snapshot(session, key, 100 + day)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Database]:
    """A store with a history, and one entry in its trail."""
    with closing(made(tmp_path / "filled.sqlite")) as database:
        fill(database, 5)
        with database.write() as session:
            append(session, at=NOW, actor="cli", action="release", source="acme", detail={"why": "test"})
        yield database


@pytest.mark.postgres
def test_a_store_moves_to_postgresql_and_back_and_goes_on_there(
    filled: Database, tmp_path: Path, postgres_server: Postgres
) -> None:
    """Everything is the same in the other kind of database, hash chains hold, and new rows get new numbers."""
    with postgres_server.database("moved") as url, closing(Database(url)) as there:
        create_store(there)
        moved = move_store(filled, there)
        assert (moved.rows["snapshot"], moved.rows["trail"], moved.damages) == (5, 1, ())
        assert content(there) == content(filled)
        more(there, 7)
        assert verify_store(there).ok
        with closing(made(tmp_path / "back.sqlite")) as back:
            assert move_store(there, back).rows["snapshot"] == moved.rows["snapshot"] + 7
            assert content(back) == content(there)


def test_a_store_that_is_used_is_not_moved_into(filled: Database, tmp_path: Path) -> None:
    """Two histories are never mixed."""
    with closing(made(tmp_path / "used.sqlite")) as used:
        fill(used, 1)
        before = content(used)
        with pytest.raises(UsageError, match="not empty"):
            move_store(filled, used)
        assert content(used) == before


def test_a_move_that_was_stopped_while_it_verified_is_verified(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is there by then, so the same command says so instead of asking for another database."""
    with closing(made(tmp_path / "new.sqlite")) as new:
        with daemon_lock(filled), monkeypatch.context() as patch:
            patch.setattr(moving, "verify_store", interrupted)
            with pytest.raises(KeyboardInterrupt):
                move_store(filled, new)
        there = content(new)
        with filled.write() as session:
            write_meta(session, HOLDER, "the process that moves again")
        moved = move_store(filled, new)
        assert (moved.rows["snapshot"], moved.damages, content(new)) == (5, (), there)
        more(filled, 1)
        with pytest.raises(UsageError, match="not empty"):
            move_store(filled, new)
        assert content(new) == there


def test_nothing_is_moved_into_a_store_of_another_schema(filled: Database, tmp_path: Path) -> None:
    """Not into an empty one either: it was left half a store that wants an upgrade."""
    with closing(made(tmp_path / "new.sqlite")) as new, new.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0001'"))
    urls = [f"sqlite:///{tmp_path / name}" for name in ("filled.sqlite", "new.sqlite")]
    refused = CliRunner().invoke(app, ["migrate-store", *urls])
    assert isinstance(refused.exception, SchemaError)
    with closing(Database(urls[1])) as new:
        assert content(new) == []


def interrupted(*_args: object) -> None:
    raise KeyboardInterrupt


def test_nothing_comes_over_where_moving_fails(filled: Database, tmp_path: Path) -> None:
    """An error in the middle leaves the new store empty."""

    def fail(table: str, _done: int) -> None:
        if table == "version":
            raise RuntimeError("pulled the plug")

    with closing(made(tmp_path / "new.sqlite")) as new:
        with pytest.raises(RuntimeError, match="pulled the plug"):
            move_store(filled, new, fail)
        assert content(new) == []


def test_an_export_of_everything_comes_in_again_whole(filled: Database, tmp_path: Path) -> None:
    """What was exported and imported holds the same rows, trail included."""
    file = tmp_path / "all.zip"
    with file.open("wb") as out:
        write_portable(filled, out)
    with closing(made(tmp_path / "in.sqlite")) as database:
        moved = read_portable(database, file)
        assert (moved.rows["trail"], moved.damages) == (1, ())
        assert content(database) == content(filled)


@pytest.mark.postgres
def test_an_export_of_everything_comes_into_postgresql(
    filled: Database, tmp_path: Path, postgres_server: Postgres
) -> None:
    """The other kind of database takes the file as well, gives the same one out, and goes on with its numbers."""
    file, again = tmp_path / "all.zip", tmp_path / "again.zip"
    with file.open("wb") as out:
        write_portable(filled, out)
    with postgres_server.database("brought_in") as url, closing(Database(url)) as there:
        create_store(there)
        assert read_portable(there, file).damages == ()
        assert content(there) == content(filled)
        with again.open("wb") as out:
            write_portable(there, out)
        with zipfile.ZipFile(file) as one, zipfile.ZipFile(again) as other:
            assert one.read(MANIFEST) == other.read(MANIFEST)
        more(there, 7)
        assert verify_store(there).ok


@pytest.mark.parametrize("at", ["stored bytes", "method", "encrypted"])
def test_an_export_with_a_damaged_byte_is_told_as_that(filled: Database, tmp_path: Path, at: str) -> None:
    """One byte altered on the way, in what is packed or in what says how, is damage of the file and no fault."""
    file = tmp_path / "damaged.zip"
    with file.open("wb") as out:
        write_portable(filled, out)
    data = bytearray(file.read_bytes())
    listed = data.index(b"PK\x01\x02")
    with zipfile.ZipFile(file) as whole:
        member = whole.getinfo("snapshot.jsonl")
    start = (
        member.header_offset
        + 30
        + len(member.filename)
        + int.from_bytes(data[member.header_offset + 28 :][:2], "little")
    )
    if at == "stored bytes":
        data[start : start + 4] = b"\xff\xff\xff\xff"
    else:
        data[listed + (10 if at == "method" else 8)] |= 0x5B if at == "method" else 1
    file.write_bytes(data)
    with closing(made(tmp_path / "in.sqlite")) as database:
        with pytest.raises((UsageError, StoreError), match=r"damaged\.zip"):
            read_portable(database, file)
        assert content(database) == []


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("source", "name", None),
        ("source", "paused", "perhaps"),
        ("source", "tags", "\ud800"),
        ("clause", "text", 7),
        ("clause", "sha256", "no digits"),
        ("snapshot", "source_key", 99),
        ("snapshot", "status", 1 << 70),
        ("snapshot", "captured_at", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_rows_that_no_store_wrote_are_refused_whatever_their_digest(
    filled: Database, tmp_path: Path, table: str, column: str, value: object
) -> None:
    """A file that somebody made up is told as damaged, and nothing of it is brought in."""
    whole, file, name = tmp_path / "all.zip", tmp_path / "made-up.zip", f"{table}.jsonl"
    with whole.open("wb") as out:
        write_portable(filled, out)
    with zipfile.ZipFile(whole) as good, zipfile.ZipFile(file, "w") as bad:
        first, rest = good.read(name).split(b"\n", 1)
        rows = json.dumps(json.loads(first) | {column: value}).encode() + b"\n" + rest
        manifest = json.loads(good.read(MANIFEST))
        manifest["sha256"][table] = hashlib.sha256(rows).hexdigest()
        for one in good.namelist():
            bad.writestr(one, {name: rows, MANIFEST: json.dumps(manifest).encode()}.get(one, good.read(one)))
    with closing(made(tmp_path / "in.sqlite")) as database:
        with pytest.raises(StoreError, match=r"made-up\.zip: .*\.jsonl.* row|made-up\.zip: .*is damaged"):
            read_portable(database, file)
        assert content(database) == []


@pytest.mark.parametrize("what", ["line", "member", "manifest", "schema", "no zip"])
def test_a_damaged_export_brings_in_nothing(filled: Database, tmp_path: Path, what: str) -> None:
    """Every kind of damage is named and leaves the store empty."""
    whole, file = tmp_path / "all.zip", tmp_path / "damaged.zip"
    with whole.open("wb") as out:
        write_portable(filled, out)
    with zipfile.ZipFile(whole) as good, zipfile.ZipFile(file, "w") as bad:
        for name in good.namelist():
            data = good.read(name)
            if (what, name) in {("member", "version.jsonl"), ("manifest", MANIFEST)}:
                continue
            if (what, name) == ("line", "snapshot.jsonl"):
                data = data.replace(b"200", b"404", 1)
            if (what, name) == ("schema", MANIFEST):
                data = data.replace(b'"schema": "', b'"schema": "9')
            bad.writestr(name, data)
    if what == "no zip":
        file.write_bytes(b"PK nothing")
    with closing(made(tmp_path / "in.sqlite")) as database:
        with pytest.raises(UsageError if what in {"no zip", "manifest"} else StoreError, match=r"damaged\.zip"):
            read_portable(database, file)
        assert content(database) == []


def test_a_backup_made_while_somebody_writes_is_one_consistent_store(filled: Database, tmp_path: Path) -> None:
    """Writers go on beside it, and the copy holds a state that was."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with filled.write() as session:
                append(session, at=NOW + timedelta(seconds=number), actor="cli", action="mute")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        size = back_up(filled, tmp_path / "backup.sqlite")
    finally:
        stop.set()
        writer.join()
    assert size == (tmp_path / "backup.sqlite").stat().st_size
    with closing(Database(f"sqlite:///{tmp_path / 'backup.sqlite'}")) as copy:
        assert verify_store(copy).ok
        assert content(copy) == content(filled)
    with pytest.raises(UsageError, match="exists already"):
        back_up(filled, tmp_path / "backup.sqlite")


def test_a_restored_store_is_that_of_the_backup_and_the_one_before_is_kept(filled: Database, tmp_path: Path) -> None:
    """Restoring loses nothing: not the backup, not what was there."""
    saved, then = tmp_path / "backup.sqlite", content(filled)
    back_up(filled, saved)
    more(filled, 9)
    later = content(filled)
    kept = restore(filled, saved, NOW)
    assert content(filled) == then
    assert kept is not None
    with closing(Database(f"sqlite:///{kept}")) as before:
        assert content(before) == later


def test_nothing_is_restored_under_the_hands_of_another_program(filled: Database, tmp_path: Path) -> None:
    """Pages or an import that have the store open would write into a file that is gone: reviews would be lost."""
    saved = tmp_path / "saved.sqlite"
    back_up(filled, saved)
    assert filled.url.database is not None
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select count(*) from version').fetchone(); "
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, filled.url.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"open"
        before = {path.name for path in tmp_path.iterdir()}
        with pytest.raises(StoreBusyError, match="another program"):
            restore(filled, saved, NOW)
        assert {path.name for path in tmp_path.iterdir()} == before
        other.communicate()
    assert restore(filled, saved, NOW) is not None


def test_what_a_restore_keeps_is_not_written_over_by_the_next_of_the_same_second(
    filled: Database, tmp_path: Path
) -> None:
    """A restore that was killed is run again at once; both copies of the store before stay."""
    saved = tmp_path / "backup.sqlite"
    back_up(filled, saved)
    first, second = restore(filled, saved, NOW), restore(filled, saved, NOW)
    assert first is not None
    assert second is not None
    assert first != second
    assert first.exists()


@pytest.mark.parametrize("bad", [b"", b"SQLite format 3\0 and then nothing", b"a letter"])
def test_what_is_no_backup_is_not_restored(filled: Database, tmp_path: Path, bad: bytes) -> None:
    """The store stays as it is."""
    saved, before = tmp_path / "bad.sqlite", content(filled)
    saved.write_bytes(bad)
    with pytest.raises(UsageError, match=r"bad\.sqlite"):
        restore(filled, saved, NOW)
    assert content(filled) == before


def test_another_database_is_no_backup(filled: Database, tmp_path: Path) -> None:
    """A file of some other program is refused."""
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as other:
        other.execute("create table notes (text)")
    with pytest.raises(UsageError, match="no backup of a store"):
        restore(filled, tmp_path / "other.sqlite", NOW)


def test_a_copy_that_finds_no_room_leaves_nothing(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the part that was written nor what the database keeps beside it."""
    assert back_up(filled, tmp_path / "saved") > 0

    def no_room(_source: object, copy: sqlite3.Connection, _progress: object) -> None:
        (name,) = (row[2] for row in copy.execute("pragma database_list"))
        Path(f"{name}-journal").touch()
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("tracker.store.upkeep.backup._copy", no_room)
    filled.close()  # which ends what the store in use keeps beside it, as a restore does
    before = sorted(tmp_path.iterdir())
    for attempt in (lambda: back_up(filled, tmp_path / "copy"), lambda: restore(filled, tmp_path / "saved", NOW)):
        with pytest.raises(StoreError, match="disk is full"):
            attempt()
    assert sorted(tmp_path.iterdir()) == before


def test_backup_and_restore_as_commands(tmp_path: Path) -> None:
    """A user copies the store, loses it, and puts it back; while a daemon runs that is refused."""
    with closing(open_store(load_settings())) as database:
        fill(database, 3)
        then = content(database)
    saved = tmp_path / "saved.sqlite"
    assert CliRunner().invoke(app, ["backup", str(saved)]).exit_code == 0
    with closing(open_store(load_settings())) as database, daemon_lock(database):
        refused = CliRunner().invoke(app, ["restore", str(saved)])
        assert isinstance(refused.exception, StoreBusyError)
    store = Path(str(Database(load_settings().store_url).url.database))
    store.write_bytes(b"\0" * 100_000)
    done = CliRunner().invoke(app, ["restore", str(saved)])
    assert (done.exit_code, "Restored." in done.output) == (0, True), done.output
    with closing(open_store(load_settings())) as database:
        assert content(database) == then


def test_export_all_and_import_all_as_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two commands carry a store from one folder to another."""
    with closing(open_store(load_settings())) as database:
        fill(database, 3)
        then = content(database)
    file = tmp_path / "all.zip"
    out = CliRunner().invoke(app, ["export", "--all", str(file)])
    assert out.exit_code == 0, out.output
    written = file.read_bytes()
    again = CliRunner().invoke(app, ["export", "--all", str(file)])
    assert isinstance(again.exception, UsageError)
    assert file.read_bytes() == written
    monkeypatch.setenv("TRACKER_DATA_DIR", str(tmp_path / "other"))
    back = CliRunner().invoke(app, ["import", "all", str(file), "--json"])
    assert json.loads(back.output)["rows"]["snapshot"] == 3
    with closing(open_store(load_settings())) as database:
        assert content(database) == then


def test_migrate_store_as_a_command_reads_addresses_from_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address with a password need not stand in the list of processes."""
    with closing(made(tmp_path / "a.sqlite")) as database:
        fill(database, 2)
    monkeypatch.setenv("NEW_STORE", f"sqlite:///{tmp_path / 'b.sqlite'}")
    done = CliRunner().invoke(app, ["migrate-store", f"sqlite:///{tmp_path / 'a.sqlite'}", "$NEW_STORE"])
    assert (done.exit_code, "every hash chain holds" in done.output) == (0, True), done.output


@pytest.mark.parametrize(
    "command", [["backup", "copy"], ["export", "--all", "copy"], ["migrate-store", "$OLD", "$NEW"]]
)
def test_a_store_that_is_not_there_is_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """A path with a typing mistake names nothing, and an empty copy would be taken for the store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLD", f"sqlite:///{tmp_path / 'mistyped.sqlite'}")
    monkeypatch.setenv("NEW", f"sqlite:///{tmp_path / 'copy'}")
    refused = CliRunner().invoke(app, command)
    assert isinstance(refused.exception, UsageError)
    assert "there is no store at sqlite:///" in str(refused.exception)
    assert not list(tmp_path.rglob("*.sqlite"))
    assert not Path("copy").exists()


@pytest.mark.parametrize(("keep", "left"), [(KeepRaw.ALL, 5), (KeepRaw.VERSIONS, 5), (KeepRaw.LATEST, 1)])
def test_the_retention_rule_says_which_captures_keep_their_bytes(filled: Database, keep: KeepRaw, left: int) -> None:
    """All; those by which a text came, and the newest; or the newest alone. Every hash chain still holds."""
    later = NOW + timedelta(days=1)
    with filled.write() as session:
        remove_expired(session, keep, later)
    with filled.read() as session:
        payloads = session.exec(select(Blob.sha256).where(col(Blob.encoding) != "removed")).all()
        newest = session.exec(select(Snapshot).order_by(col(Snapshot.captured_at).desc())).first()
    assert newest is not None
    assert (len(payloads), newest.payload_sha256 in payloads) == (left, True)
    assert verify_store(filled).ok


def test_a_capture_that_brought_no_new_text_loses_its_bytes_once_it_is_old(filled: Database) -> None:
    """Under `versions` only captures of texts seen for the first time stay, and young ones."""
    with filled.write() as session:
        key = session.exec(select(SourceRow.key)).one()
        session.connection().execute(text("update extraction set version_id = (select min(id) from version)"))
        session.connection().execute(text("delete from page_state"))
        assert key is not None
    with filled.read() as session:
        old = expired_payloads(session, KeepRaw.VERSIONS, NOW, 100)
        none = expired_payloads(session, KeepRaw.VERSIONS, datetime(2020, 1, 1, tzinfo=UTC), 100)
    assert (len(old), none) == (3, [])


def test_maintain_gives_free_space_back() -> None:
    """The file of a store shrinks after bytes were removed."""
    with closing(open_store(load_settings())) as database:
        fill(database, 30)
        with database.write() as session:
            session.connection().execute(text("create table big (data blob)"))
            session.connection().execute(text("insert into big values (zeroblob(5000000))"))
        with database.write() as session:
            session.connection().execute(text("drop table big"))
    done = CliRunner().invoke(app, ["maintain", "--json"])
    told = json.loads(done.output)
    assert told["bytes_before"] - told["bytes_after"] > 4_000_000


def test_stats_storage_names_what_the_bytes_are_for() -> None:
    """Captures as they came and as stored, by source."""
    with closing(open_store(load_settings())) as database:
        fill(database, 4)
    told = json.loads(CliRunner().invoke(app, ["stats", "storage", "--json"]).output)
    assert [held["source"] for held in told["sources"]] == ["acme"]
    assert told["capture_bytes"] > 4 * told["capture_bytes_stored"]
    table = CliRunner().invoke(app, ["stats", "storage"])
    assert (table.exit_code, "clause texts" in table.output) == (0, True)
