"""Followed sources as the store knows them: in step with the sources file, paused, purged."""

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func
from sqlalchemy import select as select_columns
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel, col, select

from tracker.errors import UnknownSourceError, UsageError
from tracker.store.database import chunked, insert_new, writes
from tracker.store.schema.copy_tables import ArchiveCopy
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.noise_tables import VolatileBlock
from tracker.store.schema.order_tables import BackfillOrder
from tracker.store.schema.people_tables import Approval, DriftRow, Review, Triage
from tracker.store.schema.routing_tables import Alarm, Mute
from tracker.store.schema.tables import (
    CaptureRow,
    Change,
    CheckLog,
    ClauseRun,
    Delivery,
    Extraction,
    Notice,
    Observation,
    PageState,
    PastVerdict,
    Snapshot,
    SourceRow,
    Version,
)
from tracker.store.texts.layouts import clause_ids_of
from tracker.store.texts.sweep import sweep_blobs, sweep_clauses

#: What goes with a source when it is deleted, each with the column that names its source.
OWNED: tuple[tuple[type[SQLModel], Mapped[int]], ...] = (
    (Delivery, col(Change.source_key)),
    (PastVerdict, col(Change.source_key)),
    (ArchiveCopy, col(Change.source_key)),
    (Triage, col(Change.source_key)),
    (Review, col(Review.source_key)),
    (Change, col(Change.source_key)),
    (Approval, col(Approval.source_key)),
    (DriftRow, col(DriftRow.source_key)),
    (Notice, col(Notice.source_key)),  # type: ignore[arg-type]
    (ClauseRun, col(ClauseRun.source_key)),
    (Observation, col(Observation.source_key)),
    (Extraction, col(Extraction.source_key)),
    (Version, col(Version.source_key)),
    (CaptureRow, col(CaptureRow.source_key)),
    (PageState, col(PageState.source_key)),
    (Snapshot, col(Snapshot.source_key)),
    (HeldText, col(HeldText.source_key)),
    (CheckLog, col(CheckLog.source_key)),
    (BackfillOrder, col(BackfillOrder.source_key)),
    (VolatileBlock, col(VolatileBlock.source_key)),
    (Mute, col(Mute.source_key)),  # type: ignore[arg-type]
    (Alarm, col(Alarm.source_key)),  # type: ignore[arg-type]
)


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """What the store keeps of an entry of the sources file."""

    id: str
    name: str
    organisation: str = ""
    document_type: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    language: str = "en"
    jurisdiction: str | None = None
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a look at the sources file changed; ids, renamed ones as (former, new)."""

    added: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    revived: list[str] = field(default_factory=list)


def sync_sources(session: Session, entries: Sequence[SourceEntry], now: datetime) -> SyncReport:
    """Bring the store in step with the sources file.

    A former id keeps its row and history under the new id. A source that left the file is archived with its history;
    one that comes back goes on where it stopped. New and returned ones are due at once.
    """
    report = SyncReport()
    rows = {row.id: row for row in session.exec(select(SourceRow).order_by(col(SourceRow.key)).with_for_update())}
    listed = {entry.id for entry in entries}
    _rename(session, entries, rows, listed, report)
    new = [entry for entry in entries if entry.id not in rows]
    report.added.extend(entry.id for entry in new)
    rows |= _add_all(session, new, "active", now)
    for entry in entries:
        row = rows[entry.id]
        if row.state == "archived":
            row.state = "active"
            row.next_check_at = now
            report.revived.append(entry.id)
        _describe(row, entry)
    for ident, row in rows.items():
        if ident not in listed and row.state == "active":
            row.state = "archived"
            row.next_check_at = row.lease_owner = row.lease_until = None
            report.archived.append(ident)
    session.flush()
    return report


def adopt_source(session: Session, entry: SourceEntry, now: datetime) -> SourceRow:
    """Return the row of a source, making an archived one where there is none: history without anything to follow.

    One that nobody follows under a former id goes on under the new one.
    """
    known = find_source(session, entry.id)
    for former in entry.formerly if known is None else ():
        row = find_source(session, former)
        if row is not None and row.state == "archived":
            known, row.id = row, entry.id
            _describe(row, replace(entry, language=row.language))
            session.flush()
            break
    return _add(session, entry, "archived", now) if known is None else known


def source_row(session: Session, ident: str) -> SourceRow:
    """Return a source by its id; a writer's session holds it until the transaction ends.

    Raises:
        UnknownSourceError: with the ids that look alike.

    """
    row = find_source(session, ident)
    if row is None:
        known = {found.lower(): found for found in session.exec(select(SourceRow.id).order_by(SourceRow.id))}
        near = [known[found] for found in difflib.get_close_matches(ident.lower(), known)]
        hint = f"; did you mean {' or '.join(near)}?" if near else "; `tracker sources list` shows the ids"
        raise UnknownSourceError(f"no source {ident!r}{hint}")
    return row


def all_sources(session: Session, *, state: str | None = None, tags: Sequence[str] = ()) -> list[SourceRow]:
    """Return sources ordered by id: all of them, or those in a state and with any of some tags."""
    query = select(SourceRow).order_by(col(SourceRow.id))
    if state is not None:
        query = query.where(SourceRow.state == state)
    return [row for row in session.exec(query) if not tags or set(tags) & set(row.tags)]


def source_ids(session: Session, keys: Iterable[int]) -> dict[int, str]:
    """Return the ids of sources by their keys."""
    found: dict[int, str] = {}
    for part in chunked(sorted(set(keys))):
        rows = session.exec(select(SourceRow.key, SourceRow.id).where(col(SourceRow.key).in_(part)))
        found.update((key, ident) for key, ident in rows if key is not None)
    return found


def chosen_keys(session: Session, source: str | None = None, tags: Collection[str] = ()) -> list[int] | None:
    """Return the keys of the sources that a question is narrowed to; None where it is not.

    Raises:
        UnknownSourceError: no source has this id.
        UsageError: no source carries one of the tags.

    """
    if source is None and not tags:
        return None
    rows = source_names(session)
    unknown = sorted(set(tags) - {tag for row in rows for tag in row.tags})
    if unknown:
        raise UsageError(f"no source carries the tag {unknown[0]!r}; `tracker sources list` shows the tags")
    wanted = None if source is None else source_row(session, source).key
    return [row.key for row in rows if wanted in (None, row.key) and (not tags or set(tags) & set(row.tags))]


@dataclass(frozen=True, slots=True)
class SourceName:
    """What a form offers of a source."""

    key: int
    id: str
    name: str
    tags: tuple[str, ...]


def source_names(session: Session) -> list[SourceName]:
    """Return all sources by id, as far as a form that offers them needs."""
    columns = (col(SourceRow.key), col(SourceRow.id), col(SourceRow.name), col(SourceRow.tags))
    found = session.execute(select_columns(*columns).order_by(col(SourceRow.id)))
    return [SourceName(key, ident, name, tuple(tags)) for key, ident, name, tags in found]


def pause(session: Session, ident: str) -> SourceRow:
    """Stop checking a source until it is resumed."""
    return _set(session, ident, paused=True)


def resume(session: Session, ident: str) -> SourceRow:
    """Check a paused source again, at its next due time."""
    return _set(session, ident, paused=False)


def mute(session: Session, ident: str, until: datetime | None) -> SourceRow:
    """Send no alerts of a source until a time; None ends that. It is still checked and recorded."""
    return _set(session, ident, muted_until=until)


def make_due(session: Session, ident: str, now: datetime) -> SourceRow:
    """Make a source due at once, whatever its state; one that is paused is checked when it is resumed."""
    return _set(session, ident, next_check_at=now)


def check_soon(session: Session, ident: str, now: datetime) -> SourceRow:
    """Make a source due at once; the daemon checks it at its next tick.

    Raises:
        UnknownSourceError: no source has this id.
        UsageError: it is not followed any more, or paused.

    """
    row = source_row(session, ident)
    if row.state != "active":
        raise UsageError(f"{ident} is not followed any more")
    if row.paused:
        raise UsageError(f"{ident} is paused; resume it first")
    return make_due(session, ident, now)


def purge_source(session: Session, ident: str, *, force: bool = False) -> dict[str, int]:
    """Delete a source with its whole history, and content nothing else uses; return how many rows of each kind went.

    Args:
        session: of a writer.
        ident: the source's id.
        force: delete it although it is still followed.

    Raises:
        UnknownSourceError: no source has this id.
        UsageError: it is still followed.

    """
    row = source_row(session, ident)
    if row.state != "archived" and not force:
        raise UsageError(f"{ident} is still followed; take it out of the sources file first")
    assert row.key is not None
    payloads = set(session.exec(select(Snapshot.payload_sha256).where(Snapshot.source_key == row.key)))
    clauses: set[int] = set()
    for version in session.exec(select(Version).where(Version.source_key == row.key)):
        clauses.update(clause_ids_of(session, version))
    counts: dict[str, int] = {}
    for table, owner in OWNED:
        mine = select(func.count()).select_from(table).where(owner == row.key)
        if table in (Delivery, PastVerdict, ArchiveCopy, Triage):
            mine = mine.where(table.change_id == col(Change.id))
        counts[str(table.__tablename__)] = session.exec(mine).one()
    session.expunge_all()
    session.connection().execute(delete(SourceRow).where(col(SourceRow.key) == row.key))
    counts["blob"] = sweep_blobs(session, payloads)
    counts["clause"] = sweep_clauses(session, clauses)
    return counts


def _set(session: Session, ident: str, **values: Any) -> SourceRow:
    row = source_row(session, ident)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    return row


def find_source(session: Session, ident: str) -> SourceRow | None:
    """Return a source by its id, None where there is none; a writer's session holds it until the transaction ends."""
    query = select(SourceRow).where(SourceRow.id == ident)
    if writes(session):
        session.flush()
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).first()


def _rename(
    session: Session,
    entries: Sequence[SourceEntry],
    rows: dict[str, SourceRow],
    listed: set[str],
    report: SyncReport,
) -> None:
    """Move rows to their new ids; in two steps, since one source may take the id another gives up."""
    moves = []
    for entry in entries:
        former = next((old for old in entry.formerly if old in rows and old not in listed), None)
        if entry.id not in rows and former is not None:
            moves.append((former, entry.id, rows.pop(former)))
    for _, _, row in moves:
        row.id = f"renaming {row.key}"
    session.flush()
    for former, ident, row in moves:
        row.id = ident
        rows[ident] = row
        report.renamed.append((former, ident))


def _add(session: Session, entry: SourceEntry, state: str, now: datetime) -> SourceRow:
    row = _add_all(session, [entry], state, now)[entry.id]
    _describe(row, entry)
    session.flush()
    return row


def _add_all(session: Session, entries: Sequence[SourceEntry], state: str, now: datetime) -> dict[str, SourceRow]:
    """Insert sources, unless somebody else was faster, and return their rows by id."""
    found: dict[str, SourceRow] = {}
    for part in chunked(entries):
        insert_new(session, SourceRow, [_new_row(entry, state, now) for entry in part])
        rows = select(SourceRow).where(col(SourceRow.id).in_([entry.id for entry in part])).with_for_update()
        found |= {row.id: row for row in session.exec(rows.execution_options(populate_existing=True))}
    return found


def _new_row(entry: SourceEntry, state: str, now: datetime) -> dict[str, Any]:
    return {
        "id": entry.id,
        "state": state,
        "next_check_at": now if state == "active" else None,
        "name": entry.name,
        "organisation": entry.organisation,
        "document_type": entry.document_type,
        "url": entry.url,
        "tags": list(entry.tags),
        "language": entry.language,
        "jurisdiction": entry.jurisdiction,
        "paused": False,
        "failures": 0,
        "chain_length": 0,
        "chain_head": "",
    }


def _describe(row: SourceRow, entry: SourceEntry) -> None:
    row.name = entry.name
    row.organisation = entry.organisation
    row.document_type = entry.document_type
    row.url = entry.url
    row.tags = list(entry.tags)
    row.language = entry.language
    row.jurisdiction = entry.jurisdiction
