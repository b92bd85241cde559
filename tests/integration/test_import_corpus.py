"""A whole real collection of Open Terms Archive comes in: 1,020 commits of 12 services."""

import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import col, select

from tracker.clock import SystemClock
from tracker.compare.model import Verdict
from tracker.cores import cores
from tracker.daemon.engine.wiring import open_runtime
from tracker.daemon.imports import work as import_work
from tracker.daemon.imports.collection import Importer, ImportReport
from tracker.daemon.imports.sources import source_for
from tracker.daemon.imports.workers import Workers
from tracker.daemon.runtime import Runtime
from tracker.history import clause_runs
from tracker.intake.open_terms import OpenTermsArchive
from tracker.settings import Settings
from tracker.store.schema.tables import Change, Observation, Snapshot, SourceRow, Version
from tracker.store.upkeep.storage import storage_report
from tracker.store.upkeep.verify import verify_store
from tracker.words import Direction, Severity

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """A clone of the collection."""
    folder = tmp_path_factory.mktemp("collection") / "genai-eu-versions.git"
    bundle = corpus / "corpus" / "genai-eu-versions.bundle"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(bundle), str(folder)], check=True, capture_output=True)
    return folder


def load(runtime: Runtime, clone: Path, processes: int) -> ImportReport:
    with closing(Workers(processes)) as workers:
        intake = OpenTermsArchive(clone, runtime.settings.max_bytes)
        return Importer(runtime, intake, choose=lambda document: source_for(runtime, document), workers=workers).run()


def opened(folder: Path) -> Runtime:
    return open_runtime(
        Settings(data_dir=folder, sources=folder / "none.toml"), sources_needed=False, clock=SystemClock()
    )


def unjudged(*_sides: object, **_told: object) -> Verdict:
    """Stand in for the comparison, which takes most of the time and has tests of its own."""
    return Verdict(False, Severity.NONE, (), Direction.NEUTRAL, (), "en", "none")


@pytest.mark.timeout(900)
def test_every_record_of_a_real_collection_comes_in(
    tmp_path: Path, corpus: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All 1,017 records come in at their own times, of 57 documents, error pages held back, and the store is whole."""
    monkeypatch.setattr(import_work, "compare", unjudged)
    monkeypatch.setattr(clause_runs, "_topics", lambda *_asked: {})
    with closing(opened(tmp_path)) as runtime:
        report = load(runtime, clone, 0)
        assert (report.captures, report.observations, report.unread, report.lost) == (1017, 976, 0, 0)
        assert report.held == 41  # all of one page that said in turn that it is not available
        assert (report.versions, report.changes, len(report.sources)) == (340, 482, 57)
        with runtime.database.read() as session:
            moments = session.exec(select(Snapshot.captured_at)).all()
            technical = [row for row in session.exec(select(Snapshot.headers)) if ["X-Record-Kind", "technical"] in row]
            languages = set(session.exec(select(Version.language)))
            vibe = session.exec(select(SourceRow).where(SourceRow.id == "vibe-privacy-policy")).one()
            first = session.exec(
                select(Observation.observed_at)
                .where(Observation.source_key == vibe.key)
                .order_by(col(Observation.observed_at))
            ).first()
        told = subprocess.run(
            ["git", f"--git-dir={clone}", "log", "--format=%at", "--grep=^First\\|^Record\\|^Apply"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        assert sorted(int(moment.timestamp()) for moment in moments) == sorted(map(int, told))
        assert len(technical) == 37
        assert languages == {"en", "de", "und"}
        assert first is not None
        assert first.isoformat() == "2025-11-11T15:33:07+00:00"  # as Le Chat, which it was called then
        assert verify_store(runtime.database).ok
        with runtime.database.read() as session:
            parts = dict(storage_report(session).parts)
        bundle = corpus / "corpus" / "genai-eu-versions.bundle"
        assert parts["clause texts"] + parts["texts as lists of clauses"] < 0.7 * bundle.stat().st_size
        again = load(runtime, clone, 0)
        assert (again.known, again.observations, again.changes) == (1017, 0, 0)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_a_real_collection_is_judged_completely_on_all_cores(tmp_path: Path, corpus: Path, clone: Path) -> None:
    """Every step between neighbouring texts has its verdict, all of them as history."""
    with closing(opened(tmp_path)) as runtime:
        report = load(runtime, clone, cores())
        assert (report.observations, report.changes) == (976, 482)
        with runtime.database.read() as session:
            parts = dict(storage_report(session).parts)
            states = set(session.exec(select(Change.state)))
            flags = [flag for row in session.exec(select(Change.flags)) for flag in row]
        assert states == {"history"}
        assert flags.count("technical") == 32
        assert "returned" in flags
        bundle = corpus / "corpus" / "genai-eu-versions.bundle"
        assert sum(parts.values()) - parts["captures"] < 1.5 * bundle.stat().st_size
