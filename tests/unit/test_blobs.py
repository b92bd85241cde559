"""Content comes back as it was put in, whatever it is based on, and damage never goes unseen."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, create_engine, select

from tracker.errors import DamagedError, PayloadRemoved
from tracker.store.database import Database
from tracker.store.schema.tables import Blob
from tracker.store.texts import blobs as blobs_module
from tracker.store.texts.blobs import MAX_DEPTH, MOST_READ, get_blob, put_blob, remove_payload
from tracker.store.texts.compression import compress, decompress
from tracker.store.upkeep.verify import verify_store

PAGE = b"".join(b"<p>Clause %d of a policy, number %d.</p>\n" % (number, number * number) for number in range(300))


def revision(number: int) -> bytes:
    return PAGE + b"<p>Revision %d</p>" % number


def test_a_similar_blob_is_stored_as_a_difference(database: Database) -> None:
    """A page that hardly changed costs a few bytes."""
    with database.write() as session:
        first = put_blob(session, revision(1))
        second = put_blob(session, revision(2), base=first)
        blob = session.get_one(Blob, second)
        assert (blob.encoding, blob.base_sha256, blob.depth) == ("zstd-prefix", first, 1)
        assert len(blob.data) < 100
    with database.read() as session:
        assert get_blob(session, second) == revision(2)


def test_putting_again_changes_nothing(database: Database) -> None:
    """The same bytes are stored once, even on top of themselves."""
    with database.write() as session:
        first = put_blob(session, revision(1))
        assert put_blob(session, revision(1), base=first) == first
        assert put_blob(session, revision(1)) == hashlib.sha256(revision(1)).hexdigest()
        assert len(session.exec(select(Blob)).all()) == 1


def test_every_tenth_blob_of_a_chain_is_a_key_frame(database: Database) -> None:
    """No read decodes more than ten blobs."""
    with database.write() as session:
        base = None
        for number in range(25):
            base = put_blob(session, revision(number), base=base)
        blobs = session.exec(select(Blob)).all()
        assert max(blob.depth for blob in blobs) == MAX_DEPTH == 9
        assert sum(blob.base_sha256 is None for blob in blobs) == 3
        assert get_blob(session, hashlib.sha256(revision(24)).hexdigest()) == revision(24)


def test_longer_chains_of_earlier_builds_are_read(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """They had twenty blobs."""
    monkeypatch.setattr(blobs_module, "MAX_DEPTH", MOST_READ)
    with database.write() as session:
        base = None
        for number in range(20):
            base = put_blob(session, revision(number), base=base)
    monkeypatch.undo()
    with database.read() as session:
        assert max(blob.depth for blob in session.exec(select(Blob)).all()) == MOST_READ == 19
        assert get_blob(session, hashlib.sha256(revision(19)).hexdigest()) == revision(19)
    assert verify_store(database).ok


def test_a_removed_payload_leaves_its_hash_and_takes_nothing_with_it(database: Database) -> None:
    """Blobs based on a removed one are still there; the removed one says why it is not."""
    with database.write() as session:
        first = put_blob(session, revision(1))
        second = put_blob(session, revision(2), base=first)
        third = put_blob(session, revision(3), base=second)
        remove_payload(session, first)
        remove_payload(session, second)
    with database.read() as session:
        assert get_blob(session, third) == revision(3)
        assert session.get_one(Blob, first).size == len(revision(1))
        with pytest.raises(PayloadRemoved):
            get_blob(session, first)
    with database.write() as session:
        assert put_blob(session, revision(1)) == first
        assert get_blob(session, first) == revision(1)


def test_a_flipped_byte_is_seen_on_read(database: Database) -> None:
    """Damage of a blob or of what it is based on raises, it never gives other bytes."""
    with database.write() as session:
        first = put_blob(session, revision(1))
        second = put_blob(session, revision(2), base=first)
        blob = session.get_one(Blob, first)
        blob.data = blob.data[:40] + bytes([blob.data[40] ^ 1]) + blob.data[41:]
        session.flush()
        for sha256 in (first, second):
            with pytest.raises(DamagedError):
                get_blob(session, sha256)


def test_a_circle_of_blobs_ends_in_an_error(database: Database) -> None:
    """Reading is bounded even where the rows were tampered with."""
    with database.write() as session:
        first = put_blob(session, revision(1))
        second = put_blob(session, revision(2), base=first)
        blob = session.get_one(Blob, first)
        blob.encoding, blob.base_sha256 = "zstd-prefix", second
        session.flush()
        with pytest.raises(DamagedError, match="too many"):
            get_blob(session, first)


def test_a_bomb_gives_no_more_than_the_size_that_was_stored() -> None:
    """A frame that would swell beyond its stated size is refused."""
    with pytest.raises(DamagedError):
        decompress(compress(bytes(50_000_000)), 10)
    with pytest.raises(DamagedError):
        decompress(compress(b"x"), 1 << 50)
    with pytest.raises(DamagedError):
        decompress(b"no frame at all", 10)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 9), st.booleans()), min_size=1, max_size=12))
def test_any_bytes_on_any_base_come_back(steps: list[tuple[bytes, int, bool]]) -> None:
    """Round trip over random contents, bases and removals."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        kept: dict[str, bytes] = {}
        for data, pick, remove in steps:
            content = PAGE[: pick * 100] + data
            base = sorted(kept)[pick % len(kept)] if kept else None
            kept[put_blob(session, content, base=base)] = content
            if remove:
                gone = sorted(kept)[pick % len(kept)]
                remove_payload(session, gone)
                del kept[gone]
            for sha256, plain in kept.items():
                assert get_blob(session, sha256) == plain
    engine.dispose()
