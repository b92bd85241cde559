"""Writes one batch of imported captures: what they are, what they show, and what changed between them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from tracker.compare.text.language import UNDETERMINED
from tracker.daemon.checks.changes import change_row, flagged
from tracker.daemon.engine.planner import entry_of
from tracker.daemon.imports.held import keep_held
from tracker.daemon.imports.work import Body, Worked
from tracker.extract.version import extractor_version
from tracker.fetch.model import Page
from tracker.intake.model import kind_of
from tracker.sources.model import Source
from tracker.store.history.history import Transition, latest_observation
from tracker.store.history.sources import adopt_source, find_source
from tracker.store.schema.tables import Change, Extraction, SourceRow, Version
from tracker.store.texts.bulk import (
    NewSight,
    NewSnapshot,
    append_snapshots,
    known_moments,
    put_bodies,
    put_changes,
    put_sights,
    put_versions,
    sight_moments,
    versions_seen,
)
from tracker.words import ChangeState, Flag, Origin, RecordKind

#: The least time between two observations: what the store resolves.
CLOCK_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A capture that waits to be written, and how its text is read."""

    page: Page
    place: str
    body: Body
    rules_hash: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch came to."""

    key: int  #: of its source
    seen: set[int]  #: ids of the versions the source was ever observed with
    observations: int = 0
    versions: int = 0
    changes: int = 0
    topics: dict[int, dict[str, int]] = field(default_factory=dict)  #: what new clauses speak of, by their version


@dataclass(frozen=True, slots=True)
class _Sight:
    """That a version was seen, on the way to the changes between versions."""

    moment: datetime
    version_id: int
    text_sha256: str
    way: tuple[str, str]  #: extractor and rules
    kind: RecordKind | None = None


def write_batch(
    session: Session, source: Source, batch: Sequence[Unwritten], worked: Worked, seen: set[int] | None, now: datetime
) -> Written:
    """Store captures of one source, in time order, with what they show; what is there already stays as it is.

    Changes are written too where nothing is stored of later times and each text is compared with the one that stands
    before it; `refresh_changes` judges the others.

    Args:
        session: of a writer.
        source: made in the store, as history that nobody follows, where it is not there.
        batch: in time order.
        worked: what was read from them.
        seen: what the batch before of the same source returned; None for the first.
        now: the current time.

    """
    row = _row(session, source, worked, now)
    assert row.key is not None
    key = row.key
    there = known_moments(session, key, Origin.IMPORT.value, batch[0].page.captured_at, batch[-1].page.captured_at)
    new = [at for at, one in enumerate(batch) if (one.page.url, one.page.captured_at) not in there]
    seen = versions_seen(session, key) if seen is None else seen
    if not new:
        return Written(key, seen)
    put_bodies(session, [(worked.packed[at], batch[at].page.body) for at in new])
    captures = [_snapshot(batch[at].page, worked.packed[at].sha256, now) for at in new]
    snapshots = append_snapshots(session, key, captures)
    texts = {worked.shown[at]: worked.texts[worked.shown[at]] for at in new if worked.shown[at]}
    versions = put_versions(session, key, list(texts.values()), worked.clauses)
    latest = _latest(session, key)
    taken = sight_moments(session, key, Origin.IMPORT.value, batch[0].page.captured_at)
    sights, rows = [], []
    for at, snapshot_id in zip(new, snapshots, strict=True):
        text_sha256, one, held = worked.shown[at], batch[at], worked.held[at]
        if held is not None:
            keep_held(session, key, snapshot_id, one.page.captured_at, held)
        if not text_sha256:
            continue
        moment = one.page.captured_at
        while moment in taken:
            moment += CLOCK_STEP
        taken.add(moment)
        language = texts[text_sha256].language
        language = row.language if language == UNDETERMINED else language
        rows.append(NewSight(moment, snapshot_id, versions[text_sha256], language, one.rules_hash))
        way = (extractor_version(), one.rules_hash)
        sights.append(_Sight(moment, versions[text_sha256], text_sha256, way, kind_of(one.page.headers)))
    if rows:
        put_sights(
            session, key, rows, origin=Origin.IMPORT.value, extractor_version=extractor_version(), created_at=now
        )
    fresh = len({sight.version_id for sight in sights} - seen)
    changes = _changes(key, latest, sights, worked, seen, now)
    put_changes(session, changes)
    topics = {versions[sha256]: masks for sha256, masks in worked.topics.items() if sha256 in versions}
    return Written(key, seen, len(sights), fresh, len(changes), topics)


def _row(session: Session, source: Source, worked: Worked, now: datetime) -> SourceRow:
    """Return the row of a source; one that is made now gets the language that most of the first texts are in."""
    row = find_source(session, source.id)
    if row is not None or source.formerly:
        return row or adopt_source(session, entry_of(source), now)
    found = Counter(text.language for text in worked.texts.values() if text.language != UNDETERMINED)
    language = found.most_common(1)[0][0] if found else source.language
    return adopt_source(session, replace(entry_of(source), language=language), now)


def _snapshot(page: Page, payload_sha256: str, now: datetime) -> NewSnapshot:
    return NewSnapshot(
        url=page.url,
        final_url=page.final_url,
        status=page.status,
        origin=Origin.IMPORT.value,
        captured_at=page.captured_at,
        arrived_at=now,
        headers=page.headers,
        redirects=[asdict(hop) for hop in page.redirects],
        payload_sha256=payload_sha256,
        payload_size=len(page.body),
    )


def _latest(session: Session, key: int) -> _Sight | None:
    """Return what was seen last of a source."""
    latest = latest_observation(session, key)
    if latest is None:
        return None
    version = session.get_one(Version, latest.version_id)
    extraction = None if latest.extraction_id is None else session.get(Extraction, latest.extraction_id)
    way = ("", "") if extraction is None else (extraction.extractor_version, extraction.rules_hash)
    return _Sight(latest.observed_at, latest.version_id, version.text_sha256, way)


def _changes(
    key: int, latest: _Sight | None, sights: Sequence[_Sight], worked: Worked, seen: set[int], now: datetime
) -> list[Change]:
    """Return the changes between what was seen last and what is seen now, as far as they were judged; add to `seen`."""
    found: list[Change] = []
    before = latest
    in_order = latest is None or not sights or latest.moment < sights[0].moment
    for sight in sights:
        if in_order and before is not None and before.version_id != sight.version_id and before.way == sight.way:
            columns = worked.verdicts.get((before.text_sha256, sight.text_sha256, sight.moment.date()))
            if columns is not None:
                flags = {Flag.RETURNED} if sight.version_id in seen else set()
                flags |= {Flag.TECHNICAL} if sight.kind is RecordKind.TECHNICAL else set()
                step = Transition(before.version_id, sight.version_id, before.moment, sight.moment, Origin.IMPORT.value)
                pair = (before.text_sha256, sight.text_sha256)
                found.append(change_row(key, step, pair, flagged(columns, flags), ChangeState.HISTORY, now))
        before = sight
        seen.add(sight.version_id)
    return found
