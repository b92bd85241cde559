"""Captures of real pages take little of a store, and come out of it as they went in."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from tests.support.kept_captures import keep_captures
from tracker.store.database import Database
from tracker.store.schema.tables import Blob
from tracker.store.texts.blobs import get_blob
from tracker.store.upkeep.upgrade import create_store

#: Of their compressed WARC files that captures may take.
MOST = 0.25

pytestmark = pytest.mark.corpus


def test_captures_take_a_quarter_of_their_compressed_warc_files(tmp_path: Path, corpus: Path) -> None:
    """Each is stored by what it has besides the one before; every one is read back, which checks its hash."""
    files = sorted((corpus / "corpus" / "captures").glob("*.warc.gz"))
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database:
        create_store(database)
        kept = [digest for path in files for digest in keep_captures(database, path)]
        with database.read() as session:
            stored = session.exec(select(func.sum(func.length(col(Blob.data))))).one()
            for digest in set(kept):
                get_blob(session, digest)
    assert len(kept) == 658
    assert stored <= MOST * sum(path.stat().st_size for path in files)
