"""Documents that take any time and memory, before a whole check: a failure of their kind, and the next one is read."""

import zlib
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import select

from tests.support.pdfs import pdf_around, pdf_of
from tests.world import PARAGRAPHS, URL, World
from tracker.clock import ManualClock
from tracker.daemon.checks.confirm import Outcome
from tracker.daemon.engine import wiring
from tracker.daemon.engine.wiring import open_runtime
from tracker.errors import SettingsError
from tracker.extract import apart
from tracker.extract.apart import Limits, Readers
from tracker.settings import Settings, load_settings
from tracker.store.database import Database
from tracker.store.schema.tables import Snapshot
from tracker.store.upkeep.verify import verify_store
from tracker.words import FailureKind


def test_a_document_that_takes_too_much_is_a_failure_and_its_capture_is_kept(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check ends, the bytes are there for whoever wants to see them, and the source recovers by itself."""
    with closing(Readers(Limits(cpu=2, wall=250, memory=500_000_000))) as readers:
        monkeypatch.setattr(apart, "READERS", readers)
        world = World.build(database, clock)
        slow = pdf_around(zlib.compress(b"0 0 m 9 9 l S\n" * 8_000_000))
        world.fetcher.serve(URL, slow, media_type="application/pdf")
        failed = world.check()
        assert (failed.outcome, failed.failure) == (Outcome.FAILED, FailureKind.TOO_COMPLEX)
        assert "2 seconds of a core" in failed.detail
        with database.read() as session:
            assert session.exec(select(Snapshot)).one().payload_size == len(slow)
        assert verify_store(database).damages == []
        lines = [(700 - 20 * number, text) for number, text in enumerate(PARAGRAPHS)]
        world.fetcher.serve(URL, pdf_of(lines), media_type="application/pdf")
        assert world.check().outcome is Outcome.NEW


def test_the_settings_say_what_a_document_may_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times as long by the clock as of a core, since a machine has other things to do."""
    with closing(Readers(Limits())) as readers:
        monkeypatch.setattr(wiring, "READERS", readers)
        settings = Settings(
            data_dir=tmp_path,
            sources=tmp_path / "none.toml",
            document_seconds=7,
            document_memory=400_000_000,
            compare_processes=0,
        )
        with closing(open_runtime(settings, sources_needed=False)):
            assert readers.limits == Limits(7, 21.0, 400_000_000)
    with pytest.raises(SettingsError, match="document_memory"):
        load_settings(document_memory=1_000)
