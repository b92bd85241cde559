"""Print what the history of a real collection takes of a store beside its packed Git repository, and how fast it reads.

`TRACKER_CORPUS=... python -m tests.benchmarks.history_storage [--store FILE]`. The collection is imported and judged on
all cores into an SQLite file, or one that holds it already is looked at. Content is what `tracker stats storage` calls
so, captures left out: a repository has them too, but as the texts that they are. Times are seconds of the core, each of
a read in a session of its own.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlmodel import Session, select

from tests.benchmarks.timing import quantile, seconds
from tests.conftest import corpus_root
from tracker.clock import SystemClock
from tracker.cores import cores
from tracker.daemon.engine.wiring import open_runtime
from tracker.daemon.imports.collection import Importer
from tracker.daemon.imports.sources import source_for
from tracker.daemon.imports.workers import Workers
from tracker.intake.open_terms import OpenTermsArchive
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.schema.tables import Change, Version
from tracker.store.texts.versions import read_version
from tracker.store.upkeep.storage import storage_report

#: Of the packed repository, that clause texts, lists of clauses and verdicts may take.
MOST = 1.5

#: Whose pages hold texts, versions and changes, with the indexes that come with them.
TABLES = ("clause", "clause_pack", "version", "change")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--store", type=Path, help="an SQLite store into which the collection was imported")
    args = parser.parse_args()
    corpus = corpus_root()
    if corpus is None:
        sys.exit("TRACKER_CORPUS is not set")
    bundle = corpus / "corpus" / "genai-eu-versions.bundle"
    with tempfile.TemporaryDirectory() as name:
        path = args.store or _imported(Path(name), bundle)
        with closing(Database(f"sqlite:///{path}")) as store:
            Console().print(_measured(store, bundle.stat().st_size))


def _imported(folder: Path, bundle: Path) -> Path:
    clone = folder / "collection.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(bundle), str(clone)], check=True)
    settings = Settings(data_dir=folder, sources=folder / "none.toml")
    with (
        closing(open_runtime(settings, sources_needed=False, clock=SystemClock())) as runtime,
        closing(Workers(cores())) as workers,
    ):
        intake = OpenTermsArchive(clone, runtime.settings.max_bytes)
        Importer(runtime, intake, choose=lambda document: source_for(runtime, document), workers=workers).run()
    return folder / "tracker.sqlite"


def _measured(store: Database, packed: int) -> Table:
    table = Table("what", "figure", "meant to be")
    with store.read() as session:
        parts = dict(storage_report(session).parts)
        del parts["captures"]
        pages = _pairs(session, "select name, sum(pgsize) from dbstat group by name")
        names = _pairs(session, "select name, tbl_name from sqlite_master")
        versions = session.exec(select(Version.id)).all()
        changes = session.exec(select(Change.id)).all()
    table.add_row("packed repository, kB", f"{packed / 1e3:,.0f}", "")
    for name, size in parts.items():
        table.add_row(f"{name}, times the repository", f"{size / packed:.2f}", "")
    table.add_row("together", f"{sum(parts.values()) / packed:.2f}", f"at most {MOST}")
    whole = sum(size for name, size in pages.items() if names.get(name, name) in TABLES)
    table.add_row("pages of their tables, indexes included", f"{whole / packed:.2f}", "")
    file = sum(pages.values()) / packed
    table.add_row("the whole file, captures, search and runs of clauses included", f"{file:.2f}", "")
    for what, read, idents in (("text", _text, versions), ("verdict", _verdict, changes)):
        times = [1_000 * _timed(store, read, ident) for ident in idents]
        told = ", ".join(f"{quantile(times, share):.1f}" for share in (0.5, 0.95, 1.0))
        table.add_row(f"reading a {what}, ms: median, 95th percentile, longest", told, "")
    return table


def _pairs(session: Session, statement: str) -> dict[str, Any]:
    return {str(name): value for name, value in session.connection().execute(text(statement))}


def _timed(store: Database, read: Callable[[Session, Any], None], ident: object) -> float:
    with store.read() as session:
        return seconds(read, session, ident)


def _text(session: Session, ident: int) -> None:
    read_version(session, ident)


def _verdict(session: Session, ident: str) -> None:
    assert session.get_one(Change, ident).verdict


if __name__ == "__main__":
    main()
