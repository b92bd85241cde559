"""What operators ask: what was sent, what happened, how much changed, what days lie ahead, whether all is well."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from tracker.alerts.outbox import retry
from tracker.errors import UsageError
from tracker.history.deadlines import DayKind, deadlines
from tracker.history.stats import By, stats, stats_json
from tracker.history.steps import read_moment
from tracker.store.history.paging import delivery_page, event_page
from tracker.store.history.sources import chosen_keys
from tracker.store.people.trail import append
from tracker.store.schema.tables import Delivery as Row
from tracker.web.access import Admin
from tracker.web.api.answers import (
    READING,
    WRITING,
    ApiRoute,
    Cursor,
    Limit,
    Listed,
    OfSource,
    Since,
    Tags,
    Told,
    Until,
    next_link,
    problems,
)
from tracker.web.api.versions import key_of
from tracker.web.csrf import require_csrf
from tracker.web.health import health_of
from tracker.web.parts import Daemon, Parts, Reading
from tracker.words import Direction, Severity, Topic

router = APIRouter(route_class=ApiRoute, tags=["operating"])

#: Changes that are looked at for days, the newest first.
MOST_DEADLINES = 500

DeliveryId = Annotated[int, Path(ge=1, le=2**53, description="Number of a delivery.", examples=[1])]
State = Annotated[
    str | None, Query(pattern="^(pending|sent|dead)$", description="Only those that are pending, sent or dead.")
]


class Delivery(Told):
    """One message to one destination."""

    id: int = Field(description="Its number.")
    state: str = Field(description="pending, sent, or dead: given up.", examples=["sent"])
    route: str = Field(description="Route of the sources file.", examples=["privacy-team"])
    label: str = Field(description="Where it goes, with secrets masked.", examples=["mail to privacy@acme.example"])
    change_id: str | None = Field(description="The change it tells of.")
    notice_id: int | None = Field(description="The notice it tells of, where that is no change.")
    digest: str | None = Field(description="The digest it waits for; null where it goes at once.")
    attempts: int = Field(description="How often it was tried.")
    created_at: datetime = Field(description="When it was planned.")
    next_attempt_at: datetime = Field(description="When it is tried next.")
    sent_at: datetime | None = Field(description="When it was accepted.")
    last_error: str | None = Field(description="Why it was not.")


class Event(Told):
    """Something an operator should know."""

    id: int = Field(description="Its number.")
    at: datetime = Field(description="When.")
    source: str | None = Field(description="Id of the source it is of; null where it is of the installation.")
    kind: str = Field(description="What kind of thing.", examples=["failed"])
    detail: str = Field(description="In words; may be blank.")


class Deadline(Told):
    """A day that a change sets."""

    day: date = Field(description="The day.", examples=["2026-04-01"])
    days_left: int = Field(description="0 on the day itself, negative once it has passed.")
    kind: DayKind = Field(description="`effective`: from then on the new text holds; `objection`: last day to object.")
    source: str = Field(description="Id of the source.")
    change: str = Field(description="Id of the change.")
    severity: Severity = Field(description="How much the change weighs.")
    direction: Direction = Field(description="For whom it is better.")
    topics: list[Topic] = Field(description="What it is about.")
    summary: str = Field(description="In one sentence.")
    words: str = Field(description="As displayed.", examples=["1 April 2026"])
    quote: str = Field(description="The sentence it stands in.")
    dismissed: bool = Field(description="Whether a person said that the change does not matter.")


@router.get("/deliveries", responses=READING)
def list_deliveries(
    request: Request,
    response: Response,
    session: Reading,
    _: Admin,
    state: State = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[Delivery]:
    """List the outbox, the newest first."""
    page = delivery_page(session, state=state, cursor=cursor, limit=limit)
    items = [Delivery.model_validate(row) for row in page.items]
    return Listed[Delivery](items=items, next=next_link(request, response, page.next))


@router.post("/deliveries/{delivery}/retry", responses=WRITING | problems(409), dependencies=[Depends(require_csrf)])
def retry_delivery(parts: Parts, who: Admin, delivery: DeliveryId) -> Delivery:
    """Give a dead delivery a new life; the daemon sends it."""
    now = parts.clock.now()
    with parts.database.write() as session:
        row = session.get(Row, delivery)
        if row is None:
            raise HTTPException(404, f"no delivery {delivery}")
        try:
            retry(session, now, [delivery])
        except UsageError as error:
            raise HTTPException(409, str(error)) from None
        append(session, at=now, actor=who.name, action="delivery.retry", subject=str(delivery))
        return Delivery.model_validate(row)


@router.get("/events", responses=READING)
def list_events(
    request: Request,
    response: Response,
    session: Reading,
    source: OfSource = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[Event]:
    """List failures, held texts, recoveries and the like, the latest first."""
    key = key_of(session, source) if source is not None else None
    page = event_page(session, source_key=key, cursor=cursor, limit=limit)
    items = [Event.model_validate(row.model_dump() | {"source": owner}) for row, owner in page.items]
    return Listed[Event](items=items, next=next_link(request, response, page.next))


@router.get("/stats", responses=READING)
def read_stats(
    session: Reading,
    parts: Parts,
    by: Annotated[By, Query(description="What the lines are.")] = By.SOURCE,
    since: Since = None,
    until: Until = None,
    source: OfSource = None,
    tag: Tags = [],  # noqa: B006 - FastAPI copies it
) -> dict[str, Any]:
    """Count changes, directions, versions and observations: the object that `tracker stats --json` prints.

    `alerts` are changes whose verdict deserves an alert, whether or not one was sent: history, too, and what flaps.
    """
    zone = parts.settings.zone
    found = stats(
        session,
        by,
        since=read_moment(since, zone).astimezone(UTC) if since else None,
        until=read_moment(until, zone, end=True).astimezone(UTC) if until else None,
        source_keys=chosen_keys(session, source, tag),
        zone=zone,
    )
    return stats_json(found)


@router.get("/deadlines", responses=READING)
def list_deadlines(
    session: Reading,
    parts: Parts,
    source: OfSource = None,
    past: Annotated[bool, Query(description="Those that have passed, the latest first.")] = False,
    days: Annotated[int | None, Query(ge=1, le=36_500, description="Only so many days ahead, or back.")] = None,
) -> list[Deadline]:
    """List from when announced changes hold and until when one may object to them, the nearest first."""
    keys = [key_of(session, source)] if source is not None else None
    today = parts.clock.now().astimezone(parts.settings.zone).date()
    found = deadlines(session, today, past=past, days=days, source_keys=keys, limit=MOST_DEADLINES)
    names = ("severity", "direction", "topics", "summary")
    return [
        Deadline(
            day=one.day,
            days_left=one.days_left(today),
            kind=one.kind,
            source=one.entry.source.id,
            change=one.entry.change.id,
            words=one.words,
            quote=one.quote,
            dismissed=one.dismissed,
            **{name: getattr(one.entry.change, name) for name in names},
        )
        for one in found
    ]


@router.get(
    "/health",
    responses=READING | {503: {"description": "Somebody should look.", "content": {"application/json": {}}}},
)
def read_health(request: Request, parts: Parts, daemon: Daemon) -> dict[str, Any]:
    """Tell whether the daemon works; status 503 when somebody should look."""
    health = health_of(parts, daemon, request.app.state.started)
    return JSONResponse(health.to_json(), health.http_status)  # type: ignore[return-value]
