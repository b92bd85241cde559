"""What people are told that is no change: a deadline that comes near, drift from a baseline, a date to look again.

A notice is told once, under a key that names what it tells of, through the routes that reach its source. Kinds are
plain words, so that others may tell of more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlmodel import Session, select

from tracker.alerts.destinations import destinations
from tracker.alerts.outbox import delivery_row
from tracker.alerts.routing import operator_routes
from tracker.alerts.wording import line
from tracker.settings import Settings
from tracker.sources.model import Route, Source
from tracker.store.database import insert_new
from tracker.store.schema.tables import Delivery, Notice, SourceRow
from tracker.store.work.mutes import is_muted
from tracker.words import Direction, Severity

DEADLINE = "deadline"
DRIFT = "drift"
RE_REVIEW = "re_review"
UNSTABLE = "unstable"
ONBOARDING = "onboarding"
COVERAGE = "coverage"
ESCALATION = "escalation"
HEALTH = "health"
GONE = "gone"
MOVED = "moved"

#: What operators are told instead of those who follow a source, where a route of theirs is there.
OF_OPERATORS = {UNSTABLE}

TITLE_LENGTH = 200
#: Of one line of the body; there are few of them.
LINE_LENGTH = 600


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told of a source."""

    key: str  #: told once
    kind: str
    title: str
    lines: tuple[str, ...]  #: of the body
    severity: Severity
    topics: tuple[str, ...] | None = None  #: None: somebody asked for it, so no filter of a route on changes applies
    direction: Direction | None = None  #: None where it has none
    change_id: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """Everything a message may say about one notice. Texts are plain and hostile: every renderer escapes them."""

    notice_id: int
    kind: str
    title: str
    body: str
    severity: Severity
    source_id: str  #: blank, like what follows, where it is about no source
    source_name: str
    organisation: str
    page_url: str
    tags: tuple[str, ...]
    change_id: str | None
    created_at: datetime
    read_more: str | None  #: address on the web pages, where they can be reached
    time_zone: str

    @property
    def headline(self) -> str:
        """Return what it is about in one line."""
        return line(self.title, TITLE_LENGTH)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the body line by line."""
        return tuple(self.body.splitlines())


def wants(route: Route, source: Source, telling: Telling) -> bool:
    """Return whether a route wants to hear of a telling: it reaches the source, and its filters on changes fit."""
    reaches = route.reaches(source)
    if not reaches or telling.topics is None:
        return reaches
    return (
        (not route.topics or not {topic.value for topic in route.topics}.isdisjoint(telling.topics))
        and telling.severity.rank >= route.severity.rank
        and (not route.directions or telling.direction is None or telling.direction in route.directions)
    )


def tell(
    session: Session,
    routes: Sequence[Route],
    source: Source,
    row: SourceRow,
    telling: Telling,
    now: datetime,
    settings: Settings,
) -> bool:
    """Enter a notice and one delivery per matching route and destination; return whether it is new.

    What was told before is not told again. While a source is muted nothing is entered: what still holds afterwards is
    told then. The session is of a writer.
    """
    if is_muted(session, row, telling.topics, now):
        return False
    ident = enter_notice(session, row.key, telling, now)
    if ident is None:
        return False
    told = [route for route in routes if wants(route, source, telling)]
    if telling.kind in OF_OPERATORS:
        told = operator_routes(routes) or told
    address(session, ident, telling.key, [(route, route.urls) for route in told], now, settings)
    return True


def tell_operators(
    session: Session, routes: Sequence[Route], telling: Telling, now: datetime, settings: Settings
) -> bool:
    """Enter a notice for the operator and its deliveries; return whether it is new. The session is of a writer."""
    ident = enter_notice(session, None, telling, now)
    if ident is None:
        return False
    told = [route for route in operator_routes(routes) if telling.severity.rank >= route.severity.rank]
    address(session, ident, telling.key, [(route, route.urls) for route in told], now, settings)
    return True


def enter_notice(session: Session, source_key: int | None, telling: Telling, now: datetime) -> int | None:
    """Enter a notice and return its number; None where it was told before. The session is of a writer."""
    notice = {
        "key": telling.key,
        "kind": telling.kind,
        "source_key": source_key,
        "change_id": telling.change_id,
        "title": line(telling.title, TITLE_LENGTH),
        "body": "\n".join(line(one, LINE_LENGTH) for one in telling.lines),
        "severity": telling.severity.value,
        "created_at": now,
    }
    if not insert_new(session, Notice, [notice]):
        return None
    return session.exec(select(Notice.id).where(Notice.key == telling.key)).one()


def address(
    session: Session,
    notice_id: int,
    key: str,
    to: Iterable[tuple[Route, Sequence[str]]],
    now: datetime,
    settings: Settings,
    *,
    due: datetime | None = None,
    at_once: bool = False,
) -> int:
    """Enter one delivery of a notice per destination of some addresses of routes; return how many.

    They go when the route's next message goes, unless `due` names a time or `at_once` lets no digest wait for them.
    """
    rows = [
        delivery_row(route, destination, now, settings, notice=(notice_id, key))
        for route, urls in to
        for url in urls
        for destination in destinations(url)
    ]
    if due is not None or at_once:
        rows = [row | {"next_attempt_at": due or now} for row in rows]
    if at_once:
        rows = [row | {"digest": None} for row in rows]
    return insert_new(session, Delivery, rows)


def notice_message(session: Session, notice: Notice, settings: Settings) -> NoticeMessage:
    """Return what there is to say about a stored notice."""
    assert notice.id is not None
    row = session.get(SourceRow, notice.source_key) if notice.source_key is not None else None
    return NoticeMessage(
        notice_id=notice.id,
        kind=notice.kind,
        title=notice.title,
        body=notice.body,
        severity=Severity(notice.severity),
        source_id=row.id if row else "",
        source_name=row.name if row else "",
        organisation=row.organisation if row else "",
        page_url=row.url if row else "",
        tags=tuple(row.tags) if row else (),
        change_id=notice.change_id,
        created_at=notice.created_at,
        read_more=_address(notice, row, settings),
        time_zone=settings.time_zone,
    )


def _address(notice: Notice, row: SourceRow | None, settings: Settings) -> str | None:
    if not settings.public_url:
        return None
    if notice.kind in {DRIFT, RE_REVIEW} and row is not None:
        path = f"/baselines?source={quote(row.id, safe='')}"
    elif notice.change_id:
        path = f"/changes/{quote(notice.change_id, safe='')}"
    else:
        path = f"/sources/{quote(row.id, safe='')}" if row is not None else "/operator"
    return settings.public_url.rstrip("/") + path
