"""Texts of a collection that are held back as suspect: kept, shown to the operator, accepted where they stay.

What is held stands in the transaction of its batch. What becomes of it is decided when all of a source is written, from
what is stored alone, so that an import that was interrupted comes to the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlmodel import Session, select

from tracker.compare.model import Document
from tracker.compare.text.clauses import cut
from tracker.compare.text.language import UNDETERMINED, main_language
from tracker.compare.text.word_count import word_count
from tracker.daemon.checks.record import enter
from tracker.daemon.imports.reading import body_to_read
from tracker.daemon.imports.work import Held
from tracker.daemon.runtime import Runtime
from tracker.errors import DamagedError, ExtractionError
from tracker.extract import extract
from tracker.fetch.model import Page
from tracker.settings import Settings
from tracker.sources.model import Source
from tracker.store.history.history import observations
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.tables import Snapshot
from tracker.store.texts.held import add_sights, last_origin, snapshots_showing
from tracker.store.texts.snapshots import read_payload
from tracker.words import Origin


@dataclass(frozen=True, slots=True)
class _Row:
    """A held text with the captures that showed it."""

    ident: int
    released: bool
    snapshots: tuple[Snapshot, ...]


def keep_held(session: Session, source_key: int, snapshot_id: int, moment: datetime, held: Held) -> None:
    """Note that a capture shows a text that is held back, in the transaction that stores the capture."""
    query = select(HeldText).where(HeldText.source_key == source_key, HeldText.text_sha256 == held.text_sha256)
    row = next((row for row in session.exec(query) if _takes_imports(session, row)), None)
    if row is None:
        row = HeldText(
            source_key=source_key,
            text_sha256=held.text_sha256,
            reason=held.suspicion.reason,
            detail=held.suspicion.detail,
            first_seen_at=moment,
            last_seen_at=moment,
        )
    else:
        row.times_seen += 1
        row.first_seen_at, row.last_seen_at = min(row.first_seen_at, moment), max(row.last_seen_at, moment)
    session.add(row)
    add_sights(session, row, [snapshot_id])


def settle_held(runtime: Runtime, source: Source, source_key: int, *, guarded: bool) -> int:
    """Take those held texts for the document that stayed, or were released; return how many observations that makes.

    A text stayed where it was seen `held_checks` times over `held_days` with nothing else in between. What another text
    followed is gone; what a history ends with stays held. Doing it again changes nothing.

    Args:
        runtime: store and settings.
        source: whose texts they are.
        source_key: its key.
        guarded: else all of them are taken.

    """
    with runtime.database.read() as session:
        query = select(HeldText).where(HeldText.source_key == source_key)
        rows = [
            _Row(row.id or 0, row.state == "released", found)
            for row in session.exec(query)
            if (found := _of_imports(session, row))
        ]
        if not rows:
            return 0
        seen = [(row.observed_at, row.origin) for row in observations(session, source_key)]
    held_at = {snapshot.captured_at for row in rows for snapshot in row.snapshots}
    others = [moment for moment, origin in seen if origin != Origin.IMPORT.value or moment not in held_at]
    known = {moment for moment, origin in seen if origin == Origin.IMPORT.value}
    stayed, last = _stayed(rows, others, runtime.settings)
    taken = 0
    for row in rows:
        all_of_it = row.released or not guarded
        accepted = [one for one in row.snapshots if all_of_it or (row.ident, one.captured_at) in stayed]
        taken += _enter(runtime, source, source_key, [one for one in accepted if one.captured_at not in known])
        state = "accepted" if accepted else "held" if row.ident == last else "gone"
        with runtime.database.write() as session:
            session.get_one(HeldText, row.ident).state = state
    return taken


def _takes_imports(session: Session, row: HeldText) -> bool:
    """Return whether all captures of a held text were imported; what was seen otherwise is added behind those."""
    return last_origin(session, row) == Origin.IMPORT.value


def _of_imports(session: Session, row: HeldText) -> tuple[Snapshot, ...]:
    """Return the captures of a held text where all of them were imported, else none."""
    found = snapshots_showing(session, row.id or 0)
    return tuple(found) if all(one.origin == Origin.IMPORT.value for one in found) else ()


def _stayed(
    rows: Sequence[_Row], others: Sequence[datetime], settings: Settings
) -> tuple[set[tuple[int, datetime]], int]:
    """Return the sights of held texts that stayed long enough, and the text the history ends with (0: a good one)."""
    line = [(moment, 0) for moment in others]
    line += [(snapshot.captured_at, row.ident) for row in rows for snapshot in row.snapshots]
    line.sort()
    stayed: set[tuple[int, datetime]] = set()
    for ident, run in groupby(line, key=lambda one: one[1]):
        moments = [moment for moment, _ in run]
        if ident and len(moments) >= settings.held_checks and moments[-1] - moments[0] >= settings.held_span:
            stayed |= {(ident, moment) for moment in moments}
    return stayed, line[-1][1]


def _enter(runtime: Runtime, source: Source, source_key: int, snapshots: Sequence[Snapshot]) -> int:
    """Enter what captures show as observations; return how many are new."""
    taken = 0
    for snapshot in snapshots:
        with runtime.database.read() as session:
            read = _read(session, source, snapshot)
        if read is None:
            continue
        document, rules_hash = read
        spoken = main_language((clause.language, word_count(clause.text)) for clause in document.clauses)
        with runtime.database.write() as session:
            assert snapshot.id is not None
            _, fresh = enter(
                session,
                runtime,
                source_key,
                document,
                snapshot_ids=[snapshot.id],
                rules_hash=rules_hash,
                moment=snapshot.captured_at,
                origin=Origin.IMPORT,
                language=source.language if spoken == UNDETERMINED else spoken,
            )
        taken += fresh
    return taken


def _read(session: Session, source: Source, snapshot: Snapshot) -> tuple[Document, str] | None:
    """Return what a capture shows and the hash of the rules it was read by; None where it cannot be read any more."""
    try:
        payload = read_payload(session, snapshot)
        page = Page(
            snapshot.url,
            snapshot.final_url,
            snapshot.status,
            tuple((name, value) for name, value in snapshot.headers),
            payload,
            snapshot.captured_at,
        )
        body, rules_hash = body_to_read(source, page)
        if body.rules is None:
            return None
        extracted = extract(body.body, body.media_type, body.rules, url=body.url, charset=body.charset)
    except (DamagedError, ExtractionError):
        return None  # its bytes were removed by a retention rule, or the source is read by other rules now
    return cut(extracted.blocks, source.names), rules_hash
