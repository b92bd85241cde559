"""Fills a source's history from web archives: list, thin out, download in time order, record, and judge at the end.

Every capture is settled in one transaction with what it brought, so that a run may be killed anywhere: the next one
goes on with what is still pending and ends with the same content.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from tracker.compare.text.guard import Suspicion, guard
from tracker.daemon.checks.changes import refresh_changes
from tracker.daemon.checks.held import hold_text, let_go
from tracker.daemon.checks.reading import PageBody, Reading, body_of_page, body_of_snapshot, read_source
from tracker.daemon.checks.record import enter, keep_page
from tracker.daemon.checks.standing import Standing, standing_before
from tracker.daemon.runtime import Runtime
from tracker.errors import (
    ArchiveRateLimited,
    ArchiveUnavailable,
    CaptureExcluded,
    DamagedError,
    ExtractionError,
    NotPlayable,
)
from tracker.fetch.model import Archive, Capture, Page
from tracker.history.clause_runs import refresh_runs
from tracker.history.texts import stored_clauses
from tracker.moments import moment_of
from tracker.sources.model import Source, extraction_hash
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import CaptureRow, Snapshot
from tracker.store.texts.captures import (
    capture_counts,
    list_captures,
    pending_captures,
    settle_capture,
    snapshot_at,
    stored_digest,
)
from tracker.store.texts.snapshots import read_payload
from tracker.store.texts.versions import text_hash
from tracker.store.work.events import log_event
from tracker.words import Origin

#: Captures with these archived statuses cannot show the document; they are not downloaded.
DEAD_STATUSES = range(400, 600)


@dataclass(frozen=True, slots=True)
class Span:
    """Which captures to take."""

    since: date | None = None
    until: date | None = None
    every: timedelta | None = None  #: at most one per such span
    archives: tuple[str, ...] | None = None  #: None takes those of the source

    @classmethod
    def of(cls, source: Source) -> "Span":
        """Return the span that the sources file gives."""
        told = source.backfill
        return cls(told.since, told.until, told.every)


@dataclass(slots=True)
class BackfillReport:
    """What a back-fill came to."""

    source_id: str
    counts: dict[str, int] = field(default_factory=dict)  #: captures by state, over all runs
    downloaded: int = 0  #: in this run
    judged: int = 0  #: changes judged in this run
    stopped: str = ""  #: why it ended early; run it again later
    notes: list[str] = field(default_factory=list)


#: Called after each settled capture with (settled, all).
Progress = Callable[[int, int], None]


def backfill(
    runtime: Runtime,
    source: Source,
    span: Span,
    *,
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> BackfillReport:
    """Fill in the history of one source and return what became of every capture.

    An archive that rate-limits or fails ends its part of the run with a note; what it lists stays pending.
    """
    report = BackfillReport(source.id)
    with runtime.database.read() as session:
        key = source_row(session, source.id).key
    assert key is not None
    for name in span.archives or source.backfill.archives:
        archive = runtime.open_archive(name)
        try:
            _list(runtime, source, key, archive, span)
            _download(runtime, source, key, archive, report, progress, stop)
        except (ArchiveRateLimited, ArchiveUnavailable) as error:
            report.stopped = f"{name}: {error}"
            report.notes.append(report.stopped)
        if stop():
            report.stopped = report.stopped or "stopped"
            break
    report.judged = refresh_changes(runtime, source, key)
    refresh_runs(runtime.database, key)
    with runtime.database.read() as session:
        report.counts = capture_counts(session, key)
    return report


def _addresses(source: Source) -> Iterator[str]:
    """Yield every address the document ever had, each once."""
    told = [page.url for page in source.pages]
    told += [page.url for past in source.earlier for page in past.pages]
    yield from dict.fromkeys(told)


def _list(runtime: Runtime, source: Source, key: int, archive: Archive, span: Span) -> None:
    """Ask the archive what it has and store the list, thinned out; what is known already keeps its state."""
    since = datetime.combine(span.since, time.min, UTC) if span.since else None
    until = datetime.combine(span.until, time.max, UTC) if span.until else None
    for url in _addresses(source):
        try:
            found = list(archive.captures(url, since, until))
        except CaptureExcluded as error:
            with runtime.database.write() as session:
                log_event(session, runtime.clock.now(), key, "excluded", f"{archive.name}: {url}: {error}")
            continue
        wanted, skipped = _thin(found, span.every)
        with runtime.database.write() as session:
            list_captures(session, key, archive.name, url, wanted, skipped)


def _thin(captures: Sequence[Capture], every: timedelta | None) -> tuple[list[Capture], list[Capture]]:
    """Return the captures to take and those left out: the first of each span is taken."""
    if every is None:
        return list(captures), []
    wanted: list[Capture] = []
    skipped: list[Capture] = []
    for capture in captures:
        if wanted and _moment(capture) - _moment(wanted[-1]) < every:
            skipped.append(capture)
        else:
            wanted.append(capture)
    return wanted, skipped


def _moment(capture: Capture | CaptureRow) -> datetime:
    moment = moment_of(capture.timestamp)
    assert moment is not None  # what names no time is not listed
    return moment


def _download(
    runtime: Runtime,
    source: Source,
    key: int,
    archive: Archive,
    report: BackfillReport,
    progress: Progress | None,
    stop: Callable[[], bool],
) -> None:
    with runtime.database.read() as session:
        pending = pending_captures(session, key, archive.name)
    for number, row in enumerate(pending, 1):
        if stop():
            return
        _settle(runtime, source, key, archive, row, report)
        if progress is not None:
            progress(number, len(pending))


def _settle(
    runtime: Runtime, source: Source, key: int, archive: Archive, row: CaptureRow, report: BackfillReport
) -> None:
    """Give one capture its final state."""
    assert row.id is not None
    if row.status in DEAD_STATUSES:
        _close(runtime, row.id, "failed", f"archived error page (HTTP {row.status})")
        return
    with runtime.database.read() as session:
        known = stored_digest(session, key, archive.name, row.url, row.digest)
    if known is not None:
        _repeat(runtime, source, key, row, known)
        return
    capture = Capture(archive.name, row.url, row.timestamp, row.digest, row.status, row.media_type)
    try:
        page = archive.memento(capture)
    except CaptureExcluded as error:
        _close(runtime, row.id, "excluded", str(error))
        return
    except NotPlayable as error:
        _close(runtime, row.id, "unplayable", str(error))
        return
    report.downloaded += 1
    _take(runtime, source, key, row, page)


def _close(runtime: Runtime, capture_id: int, state: str, detail: str) -> None:
    with runtime.database.write() as session:
        settle_capture(session, capture_id, state, detail=detail)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a capture shows of the document, read before the transaction that records it."""

    reading: Reading | None
    snapshot_ids: tuple[int | None, ...] = ()  #: in page order; None stands for the capture itself
    suspicion: Suspicion | None = None
    why_not: str = ""


def _take(runtime: Runtime, source: Source, key: int, row: CaptureRow, page: Page) -> None:
    """Store a downloaded capture, and what it shows if it shows the document."""
    assert row.id is not None
    if page.status in DEAD_STATUSES:
        shown = _Shown(None, why_not=f"archived error page (HTTP {page.status})")
    else:
        shown = _look(runtime, source, key, row.page_url, body_of_page(page), page.captured_at, page.final_url, None)
    with runtime.database.write() as session:
        snapshot = keep_page(session, runtime, key, page, Origin.ARCHIVE)
        assert snapshot.id is not None
        state = "failed" if page.status in DEAD_STATUSES else "stored"
        settle_capture(session, row.id, state, detail=shown.why_not, snapshot_id=snapshot.id)
        _enter(session, runtime, source, key, row, snapshot, shown, page.captured_at)


def _repeat(runtime: Runtime, source: Source, key: int, row: CaptureRow, snapshot_id: int) -> None:
    """Record that bytes known already were seen again, without a download."""
    assert row.id is not None
    moment = _moment(row)
    with runtime.database.read() as session:
        snapshot = session.get_one(Snapshot, snapshot_id)
        body = _stored_body(session, snapshot)
    if snapshot.status in DEAD_STATUSES:
        shown = _Shown(None, why_not=f"archived error page (HTTP {snapshot.status})")
    elif isinstance(body, str):
        shown = _Shown(None, why_not=body)
    else:
        shown = _look(runtime, source, key, row.page_url, body, moment, snapshot.final_url, snapshot_id)
    with runtime.database.write() as session:
        settle_capture(session, row.id, "repeated", detail=shown.why_not, snapshot_id=snapshot_id)
        _enter(session, runtime, source, key, row, session.get_one(Snapshot, snapshot_id), shown, moment)


def _stored_body(session: Session, snapshot: Snapshot) -> PageBody | str:
    """Return the bytes of a capture, or why they are there no more: removed by a retention rule, or damaged."""
    try:
        return body_of_snapshot(snapshot, read_payload(session, snapshot))
    except DamagedError as error:
        return f"the stored capture of {snapshot.url} cannot be read: {error}"


def _look(
    runtime: Runtime,
    source: Source,
    key: int,
    page_url: str,
    body: PageBody,
    moment: datetime,
    final_url: str,
    snapshot_id: int | None,
) -> _Shown:
    """Read the document as it stood at a moment: this page, and the newest capture of each other page by then."""
    pages = source.pages_at(moment.date())
    if page_url not in {page.url for page in pages}:
        return _Shown(None, why_not="the document was at another address then")
    bodies: list[PageBody] = []
    snapshot_ids: list[int | None] = []
    with runtime.database.read() as session:
        for page in pages:
            if page.url == page_url:
                bodies.append(body)
                snapshot_ids.append(snapshot_id)
                continue
            other = snapshot_at(session, key, page.url, moment)
            if other is None or other.id is None:
                return _Shown(None, why_not=f"no capture of {page.url} by then")
            stored = _stored_body(session, other)
            if isinstance(stored, str):
                return _Shown(None, why_not=stored)
            bodies.append(stored)
            snapshot_ids.append(other.id)
    try:
        reading = read_source(source, pages, bodies)
    except ExtractionError as error:
        return _Shown(None, why_not=f"{error.kind.value}: {error}")
    with runtime.database.read() as session:
        row = source_row(session, source.id)
    standing = standing_before(runtime, source, row, moment)
    suspicion = None
    if standing.text_sha256 != text_hash(stored_clauses(reading.document)):
        suspicion = _suspicion(runtime, source, reading, standing, page_url, final_url)
    return _Shown(reading, tuple(snapshot_ids), suspicion)


def _suspicion(
    runtime: Runtime, source: Source, reading: Reading, standing: Standing, asked: str, final: str
) -> Suspicion | None:
    return guard(
        reading.document,
        title=reading.title,
        before=standing.document,
        recent_words=standing.recent_words,
        language=source.language,
        asked_url=asked,
        final_url=final,
        usual_url=standing.led_to.get(asked, ""),
        sizes=runtime.settings.held_sizes,
    )


def _enter(
    session: Session,
    runtime: Runtime,
    source: Source,
    key: int,
    row: CaptureRow,
    snapshot: Snapshot,
    shown: _Shown,
    moment: datetime,
) -> None:
    """Enter an observation of what a capture shows, or hold it back as suspect."""
    if shown.reading is None:
        return
    assert snapshot.id is not None
    assert row.id is not None
    earlier: list[int] = []
    if shown.suspicion is None:
        let_go(session, key)
    else:
        clauses = stored_clauses(shown.reading.document)
        hold = hold_text(session, key, text_hash(clauses), shown.suspicion, moment, runtime.settings)
        if not hold.accepted:
            hold.add_snapshots([snapshot.id])
            told = f"held: {shown.suspicion.reason}: {shown.suspicion.detail}"
            settle_capture(session, row.id, row.state, detail=told, snapshot_id=snapshot.id)
            return
        earlier = hold.snapshot_ids if len(shown.snapshot_ids) == 1 else []
    sights = [(session.get_one(Snapshot, ident).captured_at, (ident,)) for ident in earlier]
    ids = tuple(snapshot.id if ident is None else ident for ident in shown.snapshot_ids)
    for seen, snapshot_ids in [*sights, (moment, ids)]:
        enter(
            session,
            runtime,
            key,
            shown.reading.document,
            snapshot_ids=snapshot_ids,
            rules_hash=extraction_hash(source.pages_at(seen.date())),
            moment=seen,
            origin=Origin.ARCHIVE,
            archive=row.archive,
            language=source.language,
        )
