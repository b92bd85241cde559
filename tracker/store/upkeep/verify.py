"""Recomputes every hash of the store and names what is damaged. Holds a handful of rows in memory at a time."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from tracker.counting import counted
from tracker.errors import DamagedError
from tracker.store.database import Database, chunked
from tracker.store.history.counts import Column, Scope
from tracker.store.history.stats import capture_counts, change_counts, observation_counts, spacings
from tracker.store.history.tally import keeps
from tracker.store.people.reviews import hashes_of
from tracker.store.people.trail import verify_trail
from tracker.store.schema.people_tables import Review
from tracker.store.schema.tables import Blob, Change, ClauseText, Extraction, Snapshot, SourceRow, Version
from tracker.store.texts.blobs import MOST_READ, decode_blob
from tracker.store.texts.clause_texts import texts_of
from tracker.store.texts.snapshots import link_hash, snapshot_link
from tracker.store.texts.verdicts import unreadable_verdicts
from tracker.store.texts.versions import clauses_of, text_hash

#: Rows fetched at a time.
BATCH = 200
#: Verdicts read at a time, with the lists of clauses of both of their texts.
VERDICTS = 50

#: What is counted of whole histories, by name; some of it by source only.
_COUNTS: Mapping[str, Callable[[Session, Scope, Column], Mapping[Any, Any]]] = {
    "changes": change_counts,
    "days between changes": spacings,
    "observations": observation_counts,
    "captures": capture_counts,
}
_BY_SOURCE = ("observations", "captures")

#: What comes of values that this program never writes: days that are none, broken JSON, numbers for texts, other bytes.
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OperationalError)
#: Said by SQLite of bytes that are no text; whatever else it refuses is trouble with the store, not damage in a row.
_NO_TEXT = "decode to UTF-8"

#: Called with what is being checked and how many of it are done.
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it was stored."""

    what: str  #: payload, snapshot, chain, version, clause, verdict, extraction, review, counts or database
    detail: str
    source: str | None = None
    sequence: int | None = None  #: of the snapshot in its source's chain
    url: str | None = None
    captured_at: datetime | None = None

    def __str__(self) -> str:
        place = [self.source or ""]
        if self.sequence is not None:
            place.append(f"snapshot {self.sequence}")
        if self.url:
            place.append(self.url)
        if self.captured_at is not None:
            place.append(f"{self.captured_at:%Y-%m-%d %H:%M:%S}")
        return f"{self.what}: {' '.join(part for part in place if part)}: {self.detail}".replace(": : ", ": ")


@dataclass(slots=True)
class VerifyReport:
    """What was checked and what is damaged."""

    checked: dict[str, int] = field(default_factory=dict)
    removed: int = 0  #: payloads a retention rule removed; nothing is wrong with that
    damages: list[Damage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  #: what else is to be known of a check, in sentences

    @property
    def ok(self) -> bool:
        """Return whether everything is as it was stored."""
        return not self.damages


def verify_store(database: Database, progress: Progress | None = None) -> VerifyReport:
    """Check every payload, every link and head of the hash chains, every text and version, and every reference."""
    report = VerifyReport()
    with database.read() as session:
        _database(session, report, sqlite=database.is_sqlite)
        for name, damages in (
            ("payloads", _payloads(session, report)),
            ("snapshots", _snapshots(session, report)),
            ("clauses", _clauses(session)),
            ("versions", _versions(session)),
            ("verdicts", _verdicts(session)),
            ("extractions", _extractions(session)),
            ("reviews", _reviews(session)),
            ("trail", _trail(session)),
            ("kept counts", _counts(session)),
        ):
            _look_through(name, damages, report, progress)
    return report


def _look_through(name: str, damages: Iterator[list[Damage]], report: VerifyReport, progress: Progress | None) -> None:
    """Take what one check finds; where a row is past reading, say so and leave the others to the next checks."""
    done = 0
    try:
        for found in damages:
            report.damages.extend(found)
            done += 1
            if progress is not None and done % BATCH == 0:
                progress(name, done)
    except _UNREADABLE as error:
        if isinstance(error, OperationalError) and _NO_TEXT not in str(error.orig):
            raise
        told = f"a row of the {name} holds what cannot be read, so those after it were not checked"
        report.damages.append(Damage("database", f"{told}: {_first_line(error)}"))
    report.checked[name] = done
    if progress is not None:
        progress(name, done)


def _first_line(error: Exception) -> str:
    return (str(getattr(error, "orig", error)).splitlines() or [type(error).__name__])[0][:200]


def _database(session: Session, report: VerifyReport, *, sqlite: bool) -> None:
    """Ask the database about itself; PostgreSQL checks its references on every write."""
    if not sqlite:
        return
    for (message,) in session.connection().execute(text("pragma quick_check(20)")):
        if message != "ok":
            report.damages.append(Damage("database", message))
    dangling = session.connection().execute(text("pragma foreign_key_check")).fetchmany(100)
    for table, row, target, _ in dangling:
        report.damages.append(Damage("database", f"row {row} of {table} refers to a row of {target} that is missing"))


def _counts(session: Session) -> Iterator[list[Damage]]:
    """Count anew what SQLite keeps counted; triggers alter it with the rows, unless a foreign program wrote these."""
    kept, anew = Scope(), Scope(until=datetime.max.replace(tzinfo=UTC))
    for column in (Column.SOURCE, Column.TOPICS, Column.SEVERITY, Column.DIRECTION):
        for what, count in _COUNTS.items():
            if not keeps(session, kept, column) or (column is not Column.SOURCE and what in _BY_SOURCE):
                continue
            # Of a source with one change there are no days between changes, whether it is named or not.
            told, true = (
                {key: value for key, value in count(session, scope, column).items() if value} for scope in (kept, anew)
            )
            said = f"those kept of {what} by {column} are not those of the rows; `tracker migrate-store` counts anew"
            yield [] if told == true else [Damage("counts", said)]


def _payloads(session: Session, report: VerifyReport) -> Iterator[list[Damage]]:
    """Decode every blob once, each chain from its key frame down: at most `MOST_READ` payloads are held."""
    reached = 0
    for sha256 in _keys(session, based=False):
        for blob_sha256, damage in _chain(session, sha256, b"", 0, report):
            reached += 1
            yield _of_payload(session, blob_sha256, damage) if damage else []
    total = session.exec(select(func.count()).select_from(Blob)).one()
    if reached == total:
        return
    for sha256 in _keys(session, based=True):
        damage = _unreached(session, sha256)
        if damage:
            yield _of_payload(session, sha256, damage)


def _chain(
    session: Session, sha256: str, base: bytes | None, depth: int, report: VerifyReport
) -> Iterator[tuple[str, str]]:
    """Yield a blob and all that are based on it, each with what is wrong or ""."""
    blob = session.get_one(Blob, sha256)
    plain: bytes | None = None
    damage = ""
    if blob.encoding == "removed":
        report.removed += 1
    elif base is None:
        damage = f"blob {sha256} is based on {blob.base_sha256}, which cannot be read"
    else:
        try:
            plain = decode_blob(blob, base)
        except DamagedError as error:
            damage = str(error)
    session.expunge(blob)
    yield sha256, damage
    if depth < MOST_READ:
        for child in session.exec(select(Blob.sha256).where(Blob.base_sha256 == sha256).order_by(Blob.sha256)).all():
            yield from _chain(session, child, plain, depth + 1, report)


def _unreached(session: Session, sha256: str) -> str:
    """Return why a blob hangs on no key frame; "" if it does hang on one."""
    seen: list[str] = [sha256]
    while True:
        row = session.exec(select(Blob.base_sha256).where(Blob.sha256 == seen[-1])).all()
        if not row:
            return f"blob {sha256} is based on {seen[-1]}, which is missing"
        base = row[0]
        if base is None:
            return ""
        seen.append(base)
        if len(seen) > MOST_READ + 1:
            return f"blob {sha256} is based on too many others"


def _keys(session: Session, *, based: bool) -> Iterator[str]:
    last = ""
    while True:
        query = select(Blob.sha256).where(Blob.sha256 > last)
        query = query.where(col(Blob.base_sha256).is_not(None) if based else col(Blob.base_sha256).is_(None))
        found = session.exec(query.order_by(Blob.sha256).limit(BATCH)).all()
        if not found:
            return
        yield from found
        last = found[-1]


def _of_payload(session: Session, sha256: str, damage: str) -> list[Damage]:
    """Return the damage of a blob, once for each snapshot that shows it."""
    query = select(Snapshot, SourceRow.id).join(SourceRow, col(SourceRow.key) == col(Snapshot.source_key))
    rows = session.exec(query.where(Snapshot.payload_sha256 == sha256).order_by(SourceRow.id, col(Snapshot.sequence)))
    found = [_of_snapshot("payload", source, snapshot, damage) for snapshot, source in rows]
    return found or [Damage("payload", damage)]


def _of_snapshot(what: str, source: str, snapshot: Snapshot, detail: str) -> Damage:
    return Damage(what, detail, source, snapshot.sequence, snapshot.url, snapshot.captured_at)


def _snapshots(session: Session, report: VerifyReport) -> Iterator[list[Damage]]:
    sources = session.exec(
        select(SourceRow.key, SourceRow.id, SourceRow.chain_length, SourceRow.chain_head).order_by(SourceRow.id)
    )
    for key, ident, length, head in sources.all():
        assert key is not None
        yield from _links(session, report, key, ident, length, head)


def _links(
    session: Session, report: VerifyReport, key: int, ident: str, length: int, head: str
) -> Iterator[list[Damage]]:
    """Follow one chain in order of arrival; what is wrong with its end goes into the report, as it is no snapshot."""
    expected = 1
    last = ""
    blamed = False
    query = (
        select(Snapshot, Blob.size)
        .join(Blob, col(Blob.sha256) == col(Snapshot.payload_sha256), isouter=True)
        .where(Snapshot.source_key == key)
        .order_by(col(Snapshot.sequence))
    )
    for snapshot, size in session.exec(query.execution_options(yield_per=BATCH)):
        found = []
        gap = snapshot.sequence != expected
        if gap:
            found.append(Damage("chain", _missing(expected, snapshot.sequence - 1), ident, expected))
        recomputed = link_hash(snapshot_link(snapshot))
        if recomputed != snapshot.chain_hash:
            found.append(_of_snapshot("snapshot", ident, snapshot, "what is stored of it does not fit its hash"))
        elif not gap and not blamed and snapshot.chain_previous != last:
            found.append(_of_snapshot("chain", ident, snapshot, "it does not follow the snapshot before it"))
        if size is None:
            found.append(_of_snapshot("payload", ident, snapshot, f"blob {snapshot.payload_sha256} is missing"))
        elif size != snapshot.payload_size:
            found.append(_of_snapshot("payload", ident, snapshot, f"{size} bytes instead of {snapshot.payload_size}"))
        # A link that was altered must not put the blame on its successor too.
        blamed = recomputed != snapshot.chain_hash
        last = snapshot.chain_hash
        expected = snapshot.sequence + 1
        session.expunge(snapshot)
        yield found
    if expected <= length:
        report.damages.append(Damage("chain", _missing(expected, length), ident, expected))
    elif expected != length + 1:
        there = counted(expected - 1, "snapshot")
        report.damages.append(Damage("chain", f"{there}, where the source counts {length}", ident))
    elif head != last and not blamed:
        report.damages.append(Damage("chain", "the source's head is not the hash of its last snapshot", ident))


def _missing(first: int, last: int) -> str:
    return f"snapshot {first} is missing" if first == last else f"snapshots {first} to {last} are missing"


def _clauses(session: Session) -> Iterator[list[Damage]]:
    query = select(ClauseText.id, ClauseText.sha256).order_by(col(ClauseText.id))
    for part in session.exec(query.execution_options(yield_per=BATCH)).partitions(BATCH):
        try:
            texts = texts_of(session, [ident for ident, _ in part if ident is not None])
        except DamagedError as error:
            yield [Damage("clause", str(error))]
            continue
        for ident, sha256 in part:
            words = texts.get(ident or 0)
            if words is None:
                yield [Damage("clause", f"the text of clause {ident} is missing")]
                continue
            fits = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest() == sha256
            yield [] if fits else [Damage("clause", f"clause {ident} does not fit its hash: {words[:80]!r}")]


def _versions(session: Session) -> Iterator[list[Damage]]:
    query = select(Version, SourceRow.id).join(SourceRow, col(SourceRow.key) == col(Version.source_key))
    for version, source in session.exec(query.order_by(col(Version.id)).execution_options(yield_per=BATCH)):
        detail = ""
        try:
            if text_hash(clauses_of(session, version)) != version.text_sha256:
                detail = f"version {version.id} does not fit its hash {version.text_sha256}"
        except DamagedError as error:
            detail = str(error)
        session.expunge(version)
        yield [Damage("version", detail, source)] if detail else []


def _verdicts(session: Session) -> Iterator[list[Damage]]:
    query = select(Change, SourceRow.id).join(SourceRow, col(SourceRow.key) == col(Change.source_key))
    for part in session.exec(query.order_by(col(Change.id)).execution_options(yield_per=VERDICTS)).partitions(VERDICTS):
        damages = unreadable_verdicts(session, [change for change, _ in part])
        for change, source in part:
            detail = damages.get(change.id)
            session.expunge(change)
            yield [Damage("verdict", detail, source)] if detail else []


def _extractions(session: Session) -> Iterator[list[Damage]]:
    query = select(Extraction.id, Extraction.snapshot_ids, SourceRow.id)
    query = query.join(SourceRow, col(SourceRow.key) == col(Extraction.source_key)).order_by(col(Extraction.id))
    for part in session.exec(query.execution_options(yield_per=BATCH)).partitions(BATCH):
        wanted = sorted({ident for _, idents, _ in part for ident in idents})
        present = _present(session, wanted)
        for extraction, idents, source in part:
            gone = [ident for ident in idents if ident not in present]
            detail = f"extraction {extraction} was made from snapshots that are missing (rows {gone})"
            yield [Damage("extraction", detail, source)] if gone else []


def _reviews(session: Session) -> Iterator[list[Damage]]:
    query = select(Review, SourceRow.id).join(SourceRow, col(SourceRow.key) == col(Review.source_key))
    for review, source in session.exec(query.order_by(col(Review.id)).execution_options(yield_per=BATCH)):
        fits = hashes_of((review.before, review.after)) == (review.before_sha256, review.after_sha256)
        session.expunge(review)
        detail = f"the texts of review {review.id} (change {review.change_id}) do not fit their hashes"
        yield [] if fits else [Damage("review", detail, source)]


def _trail(session: Session) -> Iterator[list[Damage]]:
    for link in verify_trail(session):
        yield [Damage("trail", f"entry {link.entry_id} {link.detail}")] if link.detail else []


def _present(session: Session, idents: Sequence[int]) -> set[int | None]:
    found: set[int | None] = set()
    for part in chunked(idents):
        found.update(session.exec(select(Snapshot.id).where(col(Snapshot.id).in_(part))).all())
    return found
