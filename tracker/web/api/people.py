"""What people say: reviews of clause changes, and versions they accepted."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import Field

from tracker.history.baselines import approve
from tracker.history.reviews import Opinion, review_clause
from tracker.history.triage import LONGEST_NOTE
from tracker.store.history.paging import approval_page, review_page, version_numbers
from tracker.store.history.sources import source_row
from tracker.web.access import Reviewer
from tracker.web.api.answers import (
    READING,
    WRITING,
    ApiRoute,
    Cursor,
    Given,
    Limit,
    Listed,
    OfSource,
    Told,
    next_link,
)
from tracker.web.api.changes import exact
from tracker.web.api.versions import key_of, named
from tracker.web.csrf import require_csrf
from tracker.web.parts import Parts, Reading
from tracker.words import ClauseClass, Direction, Topic

router = APIRouter(route_class=ApiRoute, tags=["people"])


class Review(Told):
    """What a person said of one clause change. A later one on the same two texts takes its place."""

    id: int = Field(description="Its number, in the order given.")
    source: str = Field(description="Id of the source.", examples=["acme-privacy"])
    change: str = Field(description="Id of the change it was given on.")
    before: str = Field(description="The clause before.")
    after: str = Field(description="The clause after.")
    cls: ClauseClass = Field(alias="class", description="How much it matters.")
    topics: list[Topic] | None = Field(description="Null where left to the machine.")
    direction: Direction | None = Field(description="Null where left to the machine.")
    note: str = Field(description="In their words.")
    reviewer: str = Field(description="Who it was.", examples=["dana"])
    at: datetime = Field(description="When.")


class ReviewGiven(Given):
    """What to say of one clause change."""

    change: str = Field(max_length=64, description="Id of the change, whole.", examples=["4f1c09ab22de"])
    clause: int = Field(ge=1, le=100_000, description="Place of the clause change in the verdict, from 1.")
    cls: ClauseClass = Field(alias="class", description="How much it matters.")
    topics: list[Topic] | None = Field(default=None, description="Of a material or minor one; null for the machine's.")
    direction: Direction | None = Field(default=None, description="Of a material one; null for the machine's.")
    note: str = Field(default="", max_length=LONGEST_NOTE, description="In your words.")


class Approval(Told):
    """A version that a person accepted for a source. The latest is the baseline."""

    id: int = Field(description="Its number, in the order given.")
    source: str = Field(description="Id of the source.", examples=["acme-privacy"])
    version: int | None = Field(description="Number of the version; null where it is observed no more.")
    text_sha256: str = Field(description="Hash of the text.")
    by: str = Field(description="Who accepted it.", examples=["dana"])
    note: str = Field(description="In their words.")
    at: datetime = Field(description="When.")
    review_by: date | None = Field(description="Day by which it is to be looked at again.", examples=["2027-03-01"])


class ApprovalGiven(Given):
    """What to accept."""

    source: str = Field(max_length=200, description="Id of the source.", examples=["acme-privacy"])
    version: str = Field(default="latest", max_length=40, description="Number, `latest` or a date.", examples=["3"])
    note: str = Field(default="", max_length=LONGEST_NOTE, description="In your words.")
    review_by: date | None = Field(default=None, description="Day by which to look again.", examples=["2027-03-01"])


@router.get("/reviews", responses=READING)
def list_reviews(
    request: Request,
    response: Response,
    session: Reading,
    source: OfSource = None,
    change: Annotated[str | None, Query(max_length=64, description="Only of the change of this id.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[Review]:
    """List what people said of clause changes, the latest first."""
    key = key_of(session, source) if source is not None else None
    page = review_page(session, source_key=key, change=change, cursor=cursor, limit=limit)
    items = [
        Review.model_validate(row.model_dump() | {"source": owner, "change": row.change_id, "class": row.clause_class})
        for row, owner in page.items
    ]
    return Listed[Review](items=items, next=next_link(request, response, page.next))


@router.post("/reviews", responses=WRITING, status_code=201, dependencies=[Depends(require_csrf)])
def add_review(parts: Parts, who: Reviewer, given: Annotated[ReviewGiven, Body()]) -> Review:
    """Say what one clause change means; your word goes before the machine's."""
    topics = None if given.topics is None else tuple(given.topics)
    opinion = Opinion(given.cls, topics, given.direction, given.note, who.name)
    with parts.database.write() as session:
        exact(session, given.change)
        entry, clause = review_clause(session, given.change, given.clause, opinion, parts.clock.now())
        row = clause.review
        assert row is not None
        more = {"source": entry.source.id, "change": row.change_id, "class": row.clause_class}
        return Review.model_validate(row.model_dump() | more)


@router.get("/approvals", responses=READING)
def list_approvals(
    request: Request,
    response: Response,
    session: Reading,
    source: OfSource = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[Approval]:
    """List accepted versions, the latest first."""
    key = key_of(session, source) if source is not None else None
    page = approval_page(session, source_key=key, cursor=cursor, limit=limit)
    numbers = {owner: version_numbers(session, owner) for owner in {row.source_key for row, _, _ in page.items}}
    items = [
        Approval.model_validate(
            row.model_dump()
            | {"source": owner, "text_sha256": text, "version": numbers[row.source_key].get(row.version_id)}
        )
        for row, owner, text in page.items
    ]
    return Listed[Approval](items=items, next=next_link(request, response, page.next))


@router.post("/approvals", responses=WRITING, status_code=201, dependencies=[Depends(require_csrf)])
def add_approval(parts: Parts, who: Reviewer, given: Annotated[ApprovalGiven, Body()]) -> Approval:
    """Accept a version of a source as its baseline."""
    now = parts.clock.now()
    with parts.database.write() as session:
        row = source_row(session, given.source)
        entry = named(session, parts, row, given.version)
        made = approve(
            session,
            row,
            entry,
            by=who.name,
            now=now,
            today=now.astimezone(parts.settings.zone).date(),
            note=given.note,
            review_by=given.review_by.isoformat() if given.review_by else None,
        )
        more = {"source": row.id, "text_sha256": entry.version.text_sha256, "version": entry.number}
        return Approval.model_validate(made.model_dump() | more)
