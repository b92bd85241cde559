"""Real histories leave whole: every change has its evidence, every capture its record, every text its commit."""

import io
import subprocess
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.support.showcase import captured_sources, captures_of
from tests.world import World
from tracker.clock import ManualClock
from tracker.daemon.past.backfill import Span, backfill
from tracker.export.evidence import write_evidence
from tracker.export.evidence_check import verify_bundle
from tracker.export.git import write_repository
from tracker.export.warc import write_warc
from tracker.fetch.archive_memory import InMemoryArchive
from tracker.settings import Settings
from tracker.store.history.history import change, numbered_versions
from tracker.store.history.sources import all_sources
from tracker.store.upkeep.upgrade import open_store

pytestmark = pytest.mark.corpus


def test_a_real_history_leaves_in_every_form(corpus: Path, clock: ManualClock, tmp_path: Path) -> None:
    """Two documents of the corpus, back-filled: bundles verify, digests of records fit, Git finds nothing wrong."""
    captured = captured_sources(corpus)[:2]
    database = open_store(Settings(data_dir=tmp_path / "data"))
    world = World.build(database, clock, *[source for source, _ in captured])
    for source, warc in captured:
        archive = world.archives["memory"] = InMemoryArchive("memory")
        for url, moment, body, status, headers in captures_of(warc):
            archive.add(url, moment, body, status=status, headers=headers)
        backfill(world.runtime, source, Span.of(source))
    changes = world.changes()
    assert changes
    records, bundle, folder = io.BytesIO(), tmp_path / "bundle.zip", tmp_path / "out.git"
    with database.read() as session:
        for row in changes:
            with bundle.open("wb") as file:
                write_evidence(session, change(session, row.id), file)
            assert verify_bundle(bundle).damages == [], row.id
        rows = all_sources(session)
        written, removed = write_warc(session, rows, records)
        commits = write_repository(session, rows, folder)
        texts = sum(len(numbered_versions(session, row.key)) for row in rows if row.key is not None)
        assert (written, removed) == (sum(row.chain_length for row in rows), 0)
    database.close()
    records.seek(0)
    assert sum(one.rec_type != "warcinfo" for one in ArchiveIterator(records, check_digests="raise")) >= written
    assert commits >= texts >= len(rows)
    subprocess.run(["git", f"--git-dir={folder}", "fsck", "--strict"], check=True, capture_output=True)
