"""Keeps the bodies of captures as an import keeps them, without reading their texts."""

from collections.abc import Iterator
from pathlib import Path

from tracker.daemon.imports.collection import BATCH
from tracker.daemon.imports.sources import one_address
from tracker.daemon.imports.work import Body, NoText, Task, work
from tracker.intake.captures import WarcCaptures
from tracker.store.database import Database
from tracker.store.texts.bulk import put_bodies

LIMIT = 20_000_000
_UNREAD = NoText("bodies alone are kept here")


def keep_captures(database: Database, path: Path) -> list[str]:
    """Store the bodies of a WARC file's captures, a batch at a time; return their SHA-256."""
    kept: list[str] = []
    for batch in _batches(path):
        packed = work(Task((), batch)).packed
        with database.write() as session:
            put_bodies(session, [(one, body.body) for one, body in zip(packed, batch, strict=True)])
        kept += [one.sha256 for one in packed]
    return kept


def _batches(path: Path) -> Iterator[tuple[Body, ...]]:
    batch: list[Body] = []
    for item in WarcCaptures([path], one_address("x", None), LIMIT).items():
        page = item.read()
        day = page.captured_at.date()
        batch.append(Body(page.body, page.media_type, page.url, None, None, day, why_not=_UNREAD))
        if len(batch) == BATCH:
            yield tuple(batch)
            batch.clear()
    if batch:
        yield tuple(batch)
