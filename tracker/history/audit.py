"""The audit report: for each source of a vendor or tag, and a span of time, what stood, what changed, who said what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlmodel import Session

from tracker.errors import UsageError
from tracker.history.reviews import ReviewedClause, reviews_on
from tracker.history.steps import read_moment
from tracker.store.database import chunked
from tracker.store.history.history import observation_at
from tracker.store.history.sources import all_sources, source_row
from tracker.store.people.approvals import Shown, shown_versions
from tracker.store.people.audit import (
    approvals_between,
    changes_between,
    deliveries_between,
    held_between,
    reviews_between,
    sights_between,
)
from tracker.store.people.trail import entries
from tracker.store.people.triage import triage_of
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.people_tables import Approval, Review, TrailEntry, Triage
from tracker.store.schema.tables import Change, Delivery, SourceRow, Version

#: Days without any observation that a report calls a gap, unless asked otherwise.
GAP_DAYS = 7

#: Sources whose versions are asked for at once.
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class TextInForce:
    """The version that stood at one end of the span."""

    number: int
    version: Version
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class AuditedChange:
    """A change with what people did about it."""

    change: Change
    before: int | None  #: number of the version before; None for one that was only read again, never observed
    after: int | None
    triage: Triage | None
    reviewed: tuple[ReviewedClause, ...]  #: the clauses that people reviewed, with the review that holds


@dataclass(frozen=True, slots=True)
class AuditedApproval:
    """An approval with the number of what was approved."""

    approval: Approval
    number: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without any observation."""

    start: datetime
    end: datetime
    unfollowed: bool  #: nothing had been observed before it at all

    @property
    def days(self) -> float:
        """Return how long it is."""
        return (self.end - self.start) / timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SourceAudit:
    """All that is known of one source in the span."""

    source: SourceRow
    at_start: TextInForce | None  #: None where nothing had been observed by then
    at_end: TextInForce | None
    observations: int
    changes: tuple[AuditedChange, ...]
    reviews: tuple[Review, ...]  #: given in the span, of whatever change
    approvals: tuple[AuditedApproval, ...]
    gaps: tuple[Gap, ...]
    deliveries: tuple[tuple[Delivery, str], ...]  #: with the title of what was told
    held: tuple[HeldText, ...]
    deeds: tuple[TrailEntry, ...]  #: what people did to it, as the trail has it, the oldest first

    @property
    def proof(self) -> str:
        """Return the head of the hash chain over everything that was ever captured; blank where nothing was."""
        return self.source.chain_head


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What happened to some sources in a span of time."""

    title: str  #: which sources
    since: datetime
    until: datetime
    generated_at: datetime
    gap_days: float
    sources: "SourceAudits"


class SourceAudits:
    """What is told of each source. Read from the store while it is gone through: one source at a time is in memory."""

    def __init__(
        self, session: Session, rows: Sequence[SourceRow], since: datetime, until: datetime, gap_days: float
    ) -> None:
        self._session = session
        self._rows = rows
        self._since = since
        self._until = until
        self._gap_days = gap_days

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[SourceAudit]:
        for rows in chunked(self._rows, _AT_ONCE):
            shown = shown_versions(self._session, [row.key for row in rows if row.key is not None])
            for row in rows:
                yield _source(self._session, row, shown.get(row.key or 0), self._since, self._until, self._gap_days)


def chosen_sources(
    session: Session, *, source: str | None = None, tag: str | None = None, organisation: str | None = None
) -> tuple[str, list[SourceRow]]:
    """Return in words which sources a report is about, and these: one, or those of a tag or organisation, or all.

    Raises:
        UnknownSourceError: no source has this id.
        UsageError: more than one is given, or nothing fits.

    """
    if sum(one is not None for one in (source, tag, organisation)) > 1:
        raise UsageError("a report is about a source, a tag or an organisation: give one of them")
    if source is not None:
        row = source_row(session, source)
        return row.name, [row]
    rows = all_sources(session, tags=(tag,) if tag else ())
    title = f"sources tagged {tag}" if tag else "all sources"
    if organisation is not None:
        title = organisation
        rows = [row for row in rows if row.organisation.casefold() == organisation.casefold()]
    if not rows:
        raise UsageError(f"no source fits: {title}; `tracker sources list` shows tags and organisations")
    return title, rows


def span_of(since: str | None, until: str | None, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the span that two dates name: up to now and a year back unless they say otherwise.

    Raises:
        UsageError: one of them is no date, or there is no year before the end.

    """
    end = read_moment(until, zone, end=True) if until else now
    if since:
        return read_moment(since, zone), end
    try:
        return end - timedelta(days=365), end
    except OverflowError:
        raise UsageError(f"there is no year before {until}; say when the span begins") from None


def audit(
    session: Session,
    title: str,
    rows: Sequence[SourceRow],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    gap_days: float = GAP_DAYS,
) -> AuditReport:
    """Return the report on some sources; it reads what it tells of them while the session is open.

    Args:
        session: of a reader.
        title: which sources they are, in words.
        rows: the sources.
        since: beginning of the span.
        until: its end, included; what lies after `now` has not happened yet.
        now: the current time.
        gap_days: days without any observation that count as a gap.

    Raises:
        UsageError: the span ends before it begins, or lies ahead.

    """
    until = min(until, now)
    if since > until:
        raise UsageError("the span ends before it begins, or lies ahead")
    return AuditReport(title, since, until, now, gap_days, SourceAudits(session, rows, since, until, gap_days))


def gaps_between(sights: Sequence[datetime], since: datetime, until: datetime, gap_days: float) -> tuple[Gap, ...]:
    """Return the stretches of a span that are longer than so many days and without any sight.

    Args:
        sights: in time order; the last one before the span may precede those in it.
        since: beginning of the span.
        until: its end.
        gap_days: the least number of days.

    """
    begun = bool(sights) and sights[0] < since
    edges = [*([] if begun else [since]), *sights, until]
    found = []
    for index, (start, end) in enumerate(pairwise(edges)):
        gap = Gap(max(start, since), end, unfollowed=index == 0 and not begun)
        # The whole stretch counts, also where the span begins in the middle of it.
        if end - start > timedelta(days=gap_days) and gap.end > gap.start:
            found.append(gap)
    return tuple(found)


def _source(
    session: Session, row: SourceRow, shown: Shown | None, since: datetime, until: datetime, gap_days: float
) -> SourceAudit:
    assert row.key is not None
    numbers = shown.numbers if shown else {}
    sights = sights_between(session, row.key, since, until)
    changes = changes_between(session, row.key, since, until)
    triages = triage_of(session, [change.id for change in changes])
    reviewed = reviews_on(session, changes)
    return SourceAudit(
        source=row,
        at_start=_in_force(session, row.key, shown, since),
        at_end=_in_force(session, row.key, shown, until),
        observations=sum(sight >= since for sight in sights),
        changes=tuple(
            AuditedChange(
                change,
                numbers.get(change.before_version_id),
                numbers.get(change.after_version_id),
                triages.get(change.id),
                reviewed.get(change.id, ()),
            )
            for change in changes
        ),
        reviews=tuple(reviews_between(session, row.key, since, until)),
        approvals=tuple(
            AuditedApproval(approval, numbers.get(approval.version_id))
            for approval in approvals_between(session, row.key, since, until)
        ),
        gaps=gaps_between(sights, since, until, gap_days),
        deliveries=tuple(deliveries_between(session, row.key, since, until)),
        held=tuple(held_between(session, row.key, since, until)),
        deeds=tuple(reversed(entries(session, since=since, until=until, source=row.id))),
    )


def _in_force(session: Session, source_key: int, shown: Shown | None, moment: datetime) -> TextInForce | None:
    seen = observation_at(session, source_key, moment)
    if seen is None or shown is None:
        return None
    version = session.get_one(Version, seen.version_id)
    return TextInForce(shown.numbers[seen.version_id], version, shown.first_seen[seen.version_id])
