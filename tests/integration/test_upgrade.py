"""Schema and migrations agree; older stores are upgraded after a backup, newer ones refused."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import downgrade, upgrade
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import inspect, text
from sqlmodel import SQLModel, col, select

from tests.integration.filling import fill
from tracker.errors import SchemaError
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.migrations import HEAD, REVISIONS
from tracker.store.people.trail import entries, verify_trail
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.tables import Change, Version
from tracker.store.texts.held import add_sights, sights_of
from tracker.store.texts.versions import clauses_of
from tracker.store.upkeep.upgrade import alembic_config, create_store, open_store, upgrade_store
from tracker.store.upkeep.verify import verify_store
from tracker.words import Topic

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

#: Captures of the held texts of an older store, in the order in which they came.
SIGHTS: tuple[list[int], ...] = ([3, 1, 2], [], [2])

BESIDE_METADATA = (
    *("clause_fts", "ix_clause_words", "ix_change_counts", "procrastinate_"),
    *("change_tally", "spacing_tally", "seen_tally"),
)


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        # SQLite's search index and kept counts, the index of PostgreSQL and the job queue are no part of the metadata.
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _parents: not str(name).startswith(BESIDE_METADATA),
            },
        )
        return list(compare_metadata(context, SQLModel.metadata))


def search_index(database: Database) -> object:
    """Return how the words of clauses are indexed; a query in other words than PostgreSQL's index would not use it."""
    asked = "select sql from sqlite_master where name = 'clause_fts'"
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            asked = "select pg_get_indexdef('ix_clause_words'::regclass)"
        return connection.exec_driver_sql(asked).scalar_one()


def test_tables_and_migrations_agree(database: Database) -> None:
    """A store made at once and one made revision by revision have the same schema."""
    assert differences(database) == []
    searched = search_index(database)
    with database.engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("drop table alembic_version"))
    with database.engine.begin() as connection:
        upgrade(alembic_config(connection), "head")
    assert differences(database) == []
    assert search_index(database) == searched
    create_store(database)
    fill(database, 2)
    assert verify_store(database).ok


def test_the_list_of_revisions_is_alembics(database: Database) -> None:
    """The list that spares an import of Alembic is right."""
    with database.engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS
    assert scripts.get_current_head() == HEAD


def test_an_up_to_date_store_opens_without_alembic(tmp_path: Path) -> None:
    """Every command opens the store, so it must be quick."""
    script = (
        "import sys; from tracker.settings import Settings; from tracker.store.upkeep.upgrade import open_store\n"
        f"for _ in range(2): open_store(Settings(data_dir={str(tmp_path)!r})).close()\n"
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def marked(tmp_path: Path, revision: str) -> Settings:
    settings = Settings(data_dir=tmp_path)
    with closing(open_store(settings)) as database:
        fill(database, 2)
        with database.write() as session:
            session.connection().execute(text("update alembic_version set version_num = :r"), {"r": revision})
    return settings


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    """A store that a later release wrote is left alone, also by the upgrade."""
    settings = marked(tmp_path, "9999")
    with pytest.raises(SchemaError, match="later one"):
        open_store(settings)
    with pytest.raises(SchemaError, match="later one"):
        upgrade_store(settings, NOW)


def make_first_schema(database: Database) -> None:
    """Make an emptied database a store of the first release, with a history in it."""
    create_store(database)
    fill(database, 3)
    with database.write() as session:
        for change in session.exec(select(Change)):
            change.verdict = {"of": change.id, "quoted": f"Text {change.before_version_id}."}
        for number, seen in enumerate(SIGHTS):
            held = HeldText(
                source_key=1, text_sha256=f"{number}" * 64, reason="shrunk", first_seen_at=NOW, last_seen_at=NOW
            )
            session.add(held)
            add_sights(session, held, seen)
    with database.engine.execution_options(tracker_writes=True).connect() as connection:
        if database.is_sqlite:
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            downgrade(alembic_config(connection), "0001")
        connection.invalidate()


def contents(database: Database, columns: Mapping[str, Sequence[str]]) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of some tables, as far as some of their columns hold them."""
    with database.engine.connect() as connection:
        return {
            table: sorted(
                (
                    tuple(map(read_value, names, row))
                    for row in connection.execute(text(f'select {", ".join(names)} from "{table}"'))
                ),
                key=repr,
            )
            for table, names in columns.items()
        }


def read_value(column: str, value: object) -> object:
    """Return a value as it reads: hashes of clauses were digits; what is packed is read by the store, see `history`."""
    if column in ('"layout"', '"verdict"', '"text"'):
        return None
    return value.hex() if column == '"sha256"' and isinstance(value, bytes) else value


def history(database: Database) -> tuple[list[list[str]], list[dict[str, Any]]]:
    """Return the texts of all versions, and all verdicts."""
    with database.read() as session:
        versions = session.exec(select(Version).order_by(col(Version.id))).all()
        changes = session.exec(select(Change).order_by(col(Change.id))).all()
        return (
            [[clause.text for clause in clauses_of(session, version)] for version in versions],
            [change.verdict for change in changes],
        )


def columns_of(database: Database) -> dict[str, list[str]]:
    """Return the columns of every table but for the schema's own."""
    with database.engine.connect() as connection:
        known = inspect(connection)
        tables = sorted(set(known.get_table_names()) - {"alembic_version"})
        return {table: [f'"{column["name"]}"' for column in known.get_columns(table)] for table in tables}


def test_an_older_store_is_upgraded_after_a_backup(tmp_path: Path) -> None:
    """Opening names the command; the command backs up what was there, then migrates."""
    settings = Settings(data_dir=tmp_path)
    with closing(Database(settings.store_url)) as database:
        make_first_schema(database)
    with pytest.raises(SchemaError, match="tracker db upgrade"):
        open_store(settings)
    saved = upgrade_store(settings, NOW)
    assert saved == tmp_path / "backups" / "tracker-0001-20260301T120000Z.sqlite"
    with closing(sqlite3.connect(saved)) as copy:
        assert copy.execute("select count(*) from snapshot").fetchone() == (3,)
    open_store(settings).close()


def test_an_upgrade_is_written_down(database: Database, tmp_path: Path) -> None:
    """The trail keeps who did it and from where to where; a store that needs none gets no entry."""
    with database.engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("drop table alembic_version"))
    make_first_schema(database)
    url = SecretStr(database.url.render_as_string(hide_password=False))
    settings = Settings(data_dir=tmp_path, database_url=url)
    for _ in range(2):
        upgrade_store(settings, NOW, backup=database.is_sqlite, actor="ann")
    backup = "tracker-0001-20260301T120000Z.sqlite" if database.is_sqlite else None
    with database.read() as session:
        (entry,) = entries(session)
        assert [link.detail for link in verify_trail(session)] == [""]
    assert (entry.at, entry.actor, entry.action) == (NOW, "ann", "store.upgrade")
    assert entry.detail == {"from": "0001", "to": HEAD, "backup": backup}


def test_an_upgrade_keeps_every_row(database: Database, tmp_path: Path) -> None:
    """What the first release stored is there after the upgrade, in the schema of a store made today."""
    with database.engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("drop table alembic_version"))
    make_first_schema(database)
    columns = columns_of(database)
    with database.engine.connect() as connection:
        listed = connection.execute(text("select cast(snapshot_ids as text) from held_text order by id")).scalars()
        assert tuple(map(json.loads, listed)) == SIGHTS
    columns["held_text"].remove('"snapshot_ids"')  # rows of their own by now
    before = contents(database, columns)
    assert "triage" not in columns
    assert len(before["change"]) == 2
    url = SecretStr(database.url.render_as_string(hide_password=False))
    upgrade_store(Settings(data_dir=tmp_path, database_url=url), NOW, backup=database.is_sqlite)
    assert contents(database, columns) == before
    assert history(database) == (
        [["Shared.", f"Text {day}."] for day in (1, 2, 3)],
        [{"of": f"abcd{day:02}", "quoted": f"Text {day}."} for day in (1, 2)],
    )
    with database.read() as session:
        texts = session.exec(select(HeldText).order_by(col(HeldText.id))).all()
        assert tuple(sights_of(session, held) for held in texts) == SIGHTS
    assert differences(database) == []
    assert contents(database, {"change": ["topic_mask"]}) == {"change": [(Topic.SALE.bit,)] * 2}
    assert verify_store(database).ok


def test_a_damaged_layout_does_not_keep_a_store_from_its_upgrade(tmp_path: Path) -> None:
    """The other versions are read under the new schema; the damaged one is told of as before."""
    settings = Settings(data_dir=tmp_path)
    with closing(Database(settings.store_url)) as database:
        make_first_schema(database)
    with closing(sqlite3.connect(tmp_path / "tracker.sqlite")) as store:
        store.execute("update version set layout = x'00' where id = 1")
        store.commit()
    upgrade_store(settings, NOW)
    with closing(open_store(settings)) as database:
        report = verify_store(database)
        with database.read() as session:
            assert session.get_one(Change, "abcd01").verdict["quoted"] == "Text 1."
    (damage,) = report.damages
    assert damage.detail.startswith("version 1: its layout is damaged")


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    """Tables of another program are not touched."""
    with closing(sqlite3.connect(tmp_path / "tracker.sqlite")) as other:
        other.execute("create table mail (id integer)")
    with pytest.raises(SchemaError, match="no store of this program"):
        open_store(Settings(data_dir=tmp_path))
