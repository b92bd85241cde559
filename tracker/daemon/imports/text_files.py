"""Brings text files in as versions of a source, each at the time it was archived or the user says."""

import hashlib
import mimetypes
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlmodel import Session

from tracker.compare.model import Document
from tracker.compare.text.clauses import cut
from tracker.daemon.checks.changes import refresh_changes
from tracker.daemon.checks.record import enter, keep_page
from tracker.daemon.engine.planner import entry_of
from tracker.daemon.runtime import Runtime
from tracker.errors import UsageError
from tracker.extract import extract
from tracker.extract.model import ExtractionRules
from tracker.fetch.model import Page
from tracker.history.clause_runs import refresh_runs
from tracker.history.texts import stored_clauses
from tracker.moments import lies_ahead
from tracker.sources.model import Source, SourcePage
from tracker.store.history.history import observations
from tracker.store.history.sources import adopt_source
from tracker.store.schema.tables import Version
from tracker.store.texts.versions import find_version, text_hash
from tracker.words import Origin

#: Stands for "a file as it is": imports are not read by a source's selectors.
RULES_HASH = hashlib.sha256(b"import text").hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Imported:
    """One file that became an observation."""

    file: str
    source_id: str
    observed_at: datetime
    words: int
    clauses: int
    new_version: bool
    new_observation: bool
    stated_date: str | None


def import_text(runtime: Runtime, path: Path, source: Source, day: date | None) -> Imported:
    """Store a plain text or Markdown file as an observation of a source.

    The time is `day` where given, else that of an archive notice at the top of the file. The text's own "last updated"
    or "effective" line is kept as what it states, never taken for when it was seen.

    Raises:
        UsageError: the file cannot be read, nothing says when its text was seen, or that day is still to come.
        ExtractionError: it holds no text.

    """
    body = _read(path, runtime.settings.max_bytes)
    media_type = mimetypes.guess_type(path.name)[0] or "text/plain"
    extracted = extract(body, media_type, ExtractionRules(min_words=1), url=path.name)
    now = runtime.clock.now()
    moment = _seen_at(path, day, extracted.archived_at, now)
    document = cut(extracted.blocks, source.names)
    with runtime.database.write() as session:
        row = adopt_source(session, entry_of(source), now)
        assert row.key is not None
        key = row.key
        # The same file at the same time again adds nothing, not even a snapshot.
        known = find_version(session, key, text_hash(stored_clauses(document)))
        again = _imported(session, key, moment, known, path)
        if not again:
            _keep(session, runtime, source, key, _page_of(source, body, media_type, moment), document)
    refresh_changes(runtime, source, key)
    refresh_runs(runtime.database, key)
    return Imported(
        str(path),
        source.id,
        moment,
        document.words,
        len(document.clauses),
        known is None,
        not again,
        document.stated_date,
    )


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(most + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    if len(body) > most:
        raise UsageError(f"{path}: larger than {most:,} bytes, which `max_bytes` of the settings allows")
    return body


def _seen_at(path: Path, day: date | None, archived_at: str | None, now: datetime) -> datetime:
    """Return when a text was seen: on the day given, else when an archive says that it took it."""
    seen = day or (date.fromisoformat(archived_at[:10]) if archived_at else None)
    if seen is None:
        raise UsageError(f"{path}: nothing in the file says when this text was seen; add --date YYYY-MM-DD")
    moment = datetime.combine(seen, time(), UTC)
    if lies_ahead(moment, now):
        raise UsageError(f"{path}: {seen} is still to come; nothing can have been seen then")
    return moment


def _page_of(source: Source, body: bytes, media_type: str, moment: datetime) -> Page:
    """Return a file as if the source's address had answered with it."""
    url = source.pages[0].url
    return Page(
        url=url,
        final_url=url,
        status=200,
        headers=(("Content-Type", media_type),),
        body=body,
        captured_at=moment,
    )


def _keep(session: Session, runtime: Runtime, source: Source, source_key: int, page: Page, document: Document) -> None:
    """Store a page, and that the source showed the document at the time of the page."""
    snapshot = keep_page(session, runtime, source_key, page, Origin.IMPORT)
    assert snapshot.id is not None
    enter(
        session,
        runtime,
        source_key,
        document,
        snapshot_ids=[snapshot.id],
        rules_hash=RULES_HASH,
        moment=page.captured_at,
        origin=Origin.IMPORT,
        language=source.language,
    )


def _imported(session: Session, source_key: int, moment: datetime, known: Version | None, path: Path) -> bool:
    """Return whether this very text was imported for this moment before.

    Raises:
        UsageError: another text was.

    """
    for seen in observations(session, source_key, moment, moment):
        if seen.origin == Origin.IMPORT.value:
            if known is not None and seen.version_id == known.id:
                return True
            raise UsageError(f"{path}: another text was imported for {moment:%Y-%m-%d}; give it another --date")
    return False


def unlisted_source(
    ident: str, name: str, organisation: str, document_type: str, language: str, url: str = ""
) -> Source:
    """Return a source that no file follows: its history is kept and can be asked for, nothing is fetched."""
    return Source(
        id=ident,
        name=name,
        document_type=document_type,
        pages=(SourcePage(url=url),),
        organisation=organisation,
        language=language,
    )
