"""Brings text files in as versions of a source, each at the time it was archived or the user says."""

import hashlib
import mimetypes
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from tracker.compare.clauses import cut
from tracker.daemon.changes import refresh_changes
from tracker.daemon.planner import entry_of
from tracker.daemon.runtime import Runtime
from tracker.daemon.texts import keep_document
from tracker.errors import UsageError
from tracker.extract import extract
from tracker.extract.model import EXTRACTOR_VERSION, ExtractionRules
from tracker.sources.model import Source, SourcePage
from tracker.store.history import observe
from tracker.store.snapshots import append_snapshot
from tracker.store.sources import adopt_source
from tracker.store.versions import put_extraction
from tracker.words import Origin


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
        UsageError: the file cannot be read, or nothing says when its text was seen.
        ExtractionError: it holds no text.

    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    media_type = mimetypes.guess_type(path.name)[0] or "text/plain"
    rules = ExtractionRules(min_words=1)
    extracted = extract(body, media_type, rules, url=path.name)
    seen = day or (date.fromisoformat(extracted.archived_at[:10]) if extracted.archived_at else None)
    if seen is None:
        raise UsageError(f"{path}: nothing in the file says when this text was seen; add --date YYYY-MM-DD")
    moment = datetime.combine(seen, time(), UTC)
    document = cut(extracted.blocks, source.names)
    now = runtime.clock.now()
    with runtime.database.write() as session:
        row = adopt_source(session, entry_of(source), now)
        assert row.key is not None
        version, new = keep_document(session, row.key, document)
        assert version.id is not None
        observation, fresh = observe(
            session,
            source_key=row.key,
            observed_at=moment,
            origin=Origin.IMPORT.value,
            archive=None,
            version_id=version.id,
            extraction_id=None,
            region=None,
            language=source.language,
        )
        if fresh:
            snapshot = append_snapshot(
                session,
                row.key,
                url=source.pages[0].url,
                final_url=source.pages[0].url,
                status=200,
                origin=Origin.IMPORT.value,
                archive=None,
                replay_url=None,
                captured_at=moment,
                arrived_at=now,
                headers=[("Content-Type", media_type)],
                redirects=[],
                body=body,
            )
            assert snapshot.id is not None
            extraction = put_extraction(
                session,
                row.key,
                snapshot_ids=[snapshot.id],
                extractor_version=EXTRACTOR_VERSION,
                rules_hash=hashlib.sha256(b"import text").hexdigest()[:16],
                version_id=version.id,
                created_at=now,
            )
            observation.extraction_id = extraction.id
        key = row.key
    refresh_changes(runtime, source, key)
    return Imported(
        str(path), source.id, moment, document.words, len(document.clauses), new, fresh, document.stated_date
    )


def unlisted_source(ident: str, name: str, organisation: str, document_type: str, language: str) -> Source:
    """Return a source that no file follows: its history is kept and can be asked for, nothing is fetched."""
    return Source(
        id=ident,
        name=name,
        document_type=document_type,
        pages=(SourcePage(url=""),),
        organisation=organisation,
        language=language,
    )
