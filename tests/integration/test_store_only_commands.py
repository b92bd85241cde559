"""Commands that need only the store ask for no sources file, and none that is wrong stands in their way."""

import shlex
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from tracker.cli.app import app
from tracker.settings import load_settings
from tracker.store.history.sources import SourceEntry, adopt_source, sync_sources
from tracker.store.schema.tables import SourceRow
from tracker.store.upkeep.upgrade import open_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

STORE_ONLY = [
    "alerts list",
    "alerts retry --all-dead",
    "alerts retry --copies",
    "maintain",
    "changes",
    "events",
    "held",
    "noise",
    "stats",
    "stats storage",
    "trail",
    "triage --list",
    "verify",
]


def run(line: str) -> Result:
    return CliRunner().invoke(app, shlex.split(line))


@pytest.fixture(autouse=True)
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the sources file would be, beside a store with a source that was only imported."""
    monkeypatch.chdir(tmp_path)
    with closing(open_store(load_settings())) as database, database.write() as session:
        adopt_source(session, entry("imported"), NOW)
    return tmp_path / "sources.toml"


def entry(ident: str) -> SourceEntry:
    return SourceEntry(ident, ident.title(), "Acme", "Privacy Policy", f"https://acme.example/{ident}")


@pytest.mark.parametrize("line", STORE_ONLY)
def test_no_sources_file_is_needed(line: str, sources: Path) -> None:
    """Neither does one with mistakes matter, which is for `tracker sources check` to tell of."""
    assert run(line).exit_code == 0
    sources.write_text('[[source]]\nid = "Not An Id"\n', encoding="utf-8")
    assert run("sources check").exit_code != 0
    done = run(line)
    assert done.exit_code == 0, done.exception


def test_what_was_only_imported_is_deleted_without_a_sources_file(sources: Path) -> None:
    """Whoever only imports has none; with mistakes in one it is not known what left it."""
    sources.write_text('[[source]]\nid = "Not An Id"\n', encoding="utf-8")
    assert run("sources purge imported --yes").exit_code != 0
    sources.unlink()
    assert run("sources mute imported").exit_code == 0
    assert run("sources purge imported --yes").exit_code == 0
    assert run("sources purge imported --yes").exit_code != 0


def test_a_sources_file_that_is_not_found_says_of_no_source_that_it_left() -> None:
    """A wrong path must not end the checks of everything, or let a followed source be deleted."""
    with closing(open_store(load_settings())) as database:
        with database.write() as session:
            sync_sources(session, [entry("acme")], NOW)
        assert run("sources pause acme").exit_code == 0
        assert run("sources purge acme --yes").exit_code != 0
        with database.read() as session:
            row = session.exec(select(SourceRow).where(SourceRow.id == "acme")).one()
            assert (row.state, row.paused) == ("active", True)
