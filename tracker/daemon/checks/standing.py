"""What the store knows of a source right before something new is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.compare.model import Document
from tracker.daemon.checks.reading import body_of_snapshot, read_source
from tracker.daemon.runtime import Runtime
from tracker.errors import DamagedError, ExtractionError
from tracker.extract.version import extractor_version
from tracker.history.texts import keep_document, load_document
from tracker.sources.model import Source, extraction_hash
from tracker.store.history.history import latest_observation
from tracker.store.schema.tables import Extraction, Observation, Snapshot, SourceRow, Version
from tracker.store.texts.snapshots import read_payload
from tracker.store.texts.versions import put_extraction

#: Observations whose lengths say how long a source's text usually is.
RECENT = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest text of a source, as a basis to compare with."""

    observation: Observation | None
    version_id: int | None  #: of the basis: the observed version, or its re-extraction under today's rules
    document: Document | None
    text_sha256: str | None
    recent_words: tuple[int, ...] = ()
    led_to: Mapping[str, str] = field(default_factory=dict)  #: where each of its pages led; nothing for imports

    @property
    def observation_id(self) -> int | None:
        """Return the id of the latest observation."""
        return self.observation.id if self.observation else None


def standing_before(runtime: Runtime, source: Source, row: SourceRow, moment: datetime | None = None) -> Standing:
    """Return what stood before a moment (default: now), re-extracted if the source's rules have changed since.

    So a repaired selector neither alerts nor swallows what changed while it was broken.
    """
    assert row.key is not None
    with runtime.database.read() as session:
        observation = latest_observation(session, row.key, before=moment)
        if observation is None:
            return Standing(None, None, None, None)
        words = _recent_words(session, row.key, moment)
        shown = snapshot_ids_of(session, observation)
        led_to = {page.url: page.final_url for page in (session.get_one(Snapshot, ident) for ident in shown)}
        version_id = observation.version_id
        renewed = None if observation.origin == "import" else _outdated(session, source, observation)
    if renewed is not None:
        version_id = _extract_again(runtime, source, row, renewed) or version_id
    with runtime.database.read() as session:
        version = session.get_one(Version, version_id)
        document = load_document(session, version_id, source.names)
    return Standing(observation, version_id, document, version.text_sha256, words, led_to)


def _recent_words(session: Session, source_key: int, moment: datetime | None) -> tuple[int, ...]:
    query = select(Version.words).join(Observation).where(Observation.source_key == source_key)
    if moment is not None:
        query = query.where(Observation.observed_at < moment)
    return tuple(session.exec(query.order_by(col(Observation.observed_at).desc()).limit(RECENT)))


def _outdated(session: Session, source: Source, observation: Observation) -> Extraction | None:
    """Return the observation's extraction if today's extractor or rules differ from those it was made with."""
    if observation.extraction_id is None:
        return None
    extraction = session.get_one(Extraction, observation.extraction_id)
    rules = extraction_hash(source.pages_at(observation.observed_at.date()))
    if (extraction.extractor_version, extraction.rules_hash) == (extractor_version(), rules):
        return None
    return extraction


def _extract_again(runtime: Runtime, source: Source, row: SourceRow, old: Extraction) -> int | None:
    """Read the snapshots of an extraction under today's rules; return the version that gives, None if nothing."""
    assert row.key is not None
    with runtime.database.read() as session:
        snapshots = [session.get_one(Snapshot, ident) for ident in old.snapshot_ids]
        try:
            bodies = [body_of_snapshot(snapshot, read_payload(session, snapshot)) for snapshot in snapshots]
        except DamagedError:
            return None  # removed by a retention rule: the text as first extracted stays the basis
    pages = source.pages_at(snapshots[-1].captured_at.date())
    if len(pages) != len(bodies):
        return None
    try:
        reading = read_source(source, pages, bodies)
    except ExtractionError:
        return None  # new rules that do not fit the old layout say nothing about the old text
    with runtime.database.write() as session:
        version, _ = keep_document(session, row.key, reading.document)
        assert version.id is not None
        put_extraction(
            session,
            row.key,
            snapshot_ids=old.snapshot_ids,
            extractor_version=extractor_version(),
            rules_hash=extraction_hash(pages),
            version_id=version.id,
            created_at=runtime.clock.now(),
        )
        return version.id


def snapshot_ids_of(session: Session, observation: Observation) -> Sequence[int]:
    """Return the snapshots an observation rests on, in page order; none for imports without any."""
    if observation.extraction_id is None:
        return ()
    return tuple(session.get_one(Extraction, observation.extraction_id).snapshot_ids)
