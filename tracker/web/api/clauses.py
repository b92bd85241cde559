"""Clauses over time: when words came and went, what they were before, and where something is said."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import Field
from sqlmodel import Session

from tracker.errors import UsageError
from tracker.history.lineage import lineage
from tracker.history.side_by_side import side_by_side
from tracker.history.steps import read_moment
from tracker.store.history.paging import clause_page, cursor_of, position_in
from tracker.store.history.sources import chosen_keys, source_ids, source_row
from tracker.store.schema.tables import ClauseRun
from tracker.store.texts.clauses import clause_text, runs_of
from tracker.store.texts.search import LONGEST, search
from tracker.web.api.answers import (
    READING,
    VISIBLE,
    ApiRoute,
    ClauseId,
    Cursor,
    Limit,
    Listed,
    Moment,
    OfSource,
    Since,
    SourceId,
    Tags,
    Told,
    Until,
    next_link,
)
from tracker.web.api.versions import key_of
from tracker.web.parts import Parts, Reading
from tracker.words import Topic

router = APIRouter(route_class=ApiRoute, tags=["clauses"])

#: Sources compared in one answer.
MOST_COMPARED = 50

#: Stretches told of one clause.
MOST_RUNS = 200


class Run(Told):
    """One stretch of time over which a source displayed a clause."""

    source: str = Field(description="Id of the source.", examples=["acme-privacy"])
    appeared_at: datetime = Field(description="The first observation that showed it.")
    unseen_at: datetime | None = Field(description="The last one before that did not; null where it was there first.")
    gone_at: datetime | None = Field(description="The first one after that did not; null where it still stands.")
    topics: list[Topic] = Field(description="What it speaks of.")


class Clause(Told):
    """The words of a clause, and where and when they stood."""

    id: int = Field(description="Its id.", examples=[17])
    sha256: str = Field(description="Hash of the words: the same in every store.")
    text: str = Field(description="As displayed.", examples=["We keep server logs for 30 days."])
    runs: list[Run] = Field(description=f"In time order, {MOST_RUNS} at most; in a list only the one asked for.")


class Hit(Clause):
    """A clause that says what was looked for."""

    more: int = Field(description="Stretches beyond those told.")


class Wording(Told):
    """One wording of a clause over one stretch of time."""

    clause_id: int = Field(description="Id of the clause with these words.")
    text: str = Field(description="As displayed.")
    appeared_at: datetime = Field(description="The first observation that showed it.")
    unseen_at: datetime | None = Field(description="The last one before that did not.")
    gone_at: datetime | None = Field(description="The first one after that did not.")
    topics: list[Topic] = Field(description="What it speaks of.")
    before: list[int] = Field(description="Ids of the clauses it was made of.")
    change_id: str | None = Field(description="The change that brought it.")


class Column(Told):
    """What one source says of a topic."""

    source: str = Field(description="Id of the source.", examples=["acme-privacy"])
    name: str = Field(description="What it is called.")
    observed_at: datetime | None = Field(
        description="The observation that shows it; null where nothing is known by then."
    )
    clauses: list[Clause] = Field(description="In reading order.")


@router.get("/clauses/{clause}", responses=READING)
def read_clause(session: Reading, clause: ClauseId) -> Clause:
    """Return a clause with every stretch over which any source displayed it."""
    return _clause(session, clause, runs_of(session, clause)[:MOST_RUNS])


@router.get("/sources/{source}/clauses", responses=READING)
def list_clauses(
    request: Request,
    response: Response,
    session: Reading,
    parts: Parts,
    source: SourceId,
    at: Annotated[Moment | None, Query(description="What stood then; a date means its last moment.")] = None,
    topic: Annotated[list[Topic], Query(description="Only what is about this topic; any of several.")] = [],  # noqa: B006
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[Clause]:
    """List the clauses that stand in a source, or stood at a time; those that came last first."""
    row = source_row(session, source)
    assert row.key is not None
    moment = read_moment(at, parts.settings.zone, end=True).astimezone(UTC) if at else None
    page = clause_page(session, row.key, moment, Topic.mask(set(topic)), cursor=cursor, limit=limit)
    items = [
        Clause(id=run.clause_id, sha256=_hash(text), text=text, runs=[_run(run, row.id)]) for run, text in page.items
    ]
    return Listed[Clause](items=items, next=next_link(request, response, page.next))


@router.get("/sources/{source}/clauses/{clause}", responses=READING)
def read_clause_of_source(session: Reading, source: SourceId, clause: ClauseId) -> Clause:
    """Return a clause with the stretches over which a source displayed it."""
    runs = runs_of(session, clause, key_of(session, source))
    if not runs:
        raise HTTPException(404, f"{source} never displayed clause {clause}")
    return _clause(session, clause, runs[:MOST_RUNS])


@router.get("/sources/{source}/clauses/{clause}/lineage", responses=READING)
def read_lineage(session: Reading, source: SourceId, clause: ClauseId) -> list[Wording]:
    """Return every wording that a clause of a source ever had, in the order they appeared."""
    found = lineage(session, key_of(session, source), clause)
    if not found:
        raise HTTPException(404, f"{source} never displayed clause {clause}")
    return [Wording.model_validate(one) for one in found]


@router.get("/compare-sources", responses=READING)
def compare_sources(
    session: Reading,
    parts: Parts,
    topic: Annotated[Topic, Query(description="What they are compared on.")],
    source: Annotated[
        list[Annotated[str, Field(max_length=200, pattern=VISIBLE)]],
        Query(min_length=1, max_length=MOST_COMPARED, description="Ids of the sources, in the order of the answer."),
    ],
    at: Annotated[Moment | None, Query(description="What stood then; a date means its last moment.")] = None,
) -> list[Column]:
    """Return what several sources say of one topic, now or as of a date; an id that no source has is refused."""
    rows = [source_row(session, ident) for ident in dict.fromkeys(source)]
    moment = read_moment(at, parts.settings.zone, end=True).astimezone(UTC) if at else None
    return [
        Column(
            source=column.source.id,
            name=column.source.name,
            observed_at=column.observed_at,
            clauses=[
                Clause(
                    id=one.run.clause_id, sha256=_hash(one.text), text=one.text, runs=[_run(one.run, column.source.id)]
                )
                for one in column.clauses
            ],
        )
        for column in side_by_side(session, rows, topic, moment)
    ]


@router.get("/search", responses=READING)
def search_clauses(
    request: Request,
    response: Response,
    session: Reading,
    parts: Parts,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=LONGEST,
            description='Words; `"..."` holds a phrase, `word*` a beginning, `-word` what must not be there, `OR`.',
            examples=['"personal information" sell OR share'],
        ),
    ],
    since: Since = None,
    until: Until = None,
    source: OfSource = None,
    tag: Tags = [],  # noqa: B006 - FastAPI copies it
    topic: Annotated[list[Topic], Query(description="Only where it is about this topic; any of several.")] = [],  # noqa: B006
    standing: Annotated[bool | None, Query(description="Only where it stands now, or stands no more.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[Hit]:
    """Find clauses by their words in all versions of all sources; those that came into the store last first."""
    zone = parts.settings.zone
    found = search(
        session,
        q,
        source_keys=chosen_keys(session, source, tag),
        topics=Topic.mask(set(topic)),
        since=read_moment(since, zone).astimezone(UTC) if since else None,
        until=read_moment(until, zone, end=True).astimezone(UTC) if until else None,
        standing=standing,
        before_id=position_in("search", cursor, (int,))[0] if cursor else None,
        limit=limit + 1,
    )
    items = [
        Hit(
            id=hit.clause_id,
            sha256=_hash(hit.text),
            text=hit.text,
            runs=[_run(run, owner.id) for run, owner in hit.stood],
            more=hit.more,
        )
        for hit in found[:limit]
    ]
    after = cursor_of("search", (items[-1].id,)) if len(found) > limit else None
    return Listed[Hit](items=items, next=next_link(request, response, after))


def _clause(session: Session, ident: int, runs: list[ClauseRun]) -> Clause:
    try:
        text = clause_text(session, ident)
    except UsageError as error:
        raise HTTPException(404, str(error)) from None
    owners = source_ids(session, {run.source_key for run in runs})
    return Clause(id=ident, sha256=_hash(text), text=text, runs=[_run(run, owners[run.source_key]) for run in runs])


def _run(run: ClauseRun, source: str) -> Run:
    return Run(
        source=source,
        appeared_at=run.appeared_at,
        unseen_at=run.unseen_at,
        gone_at=run.gone_at,
        topics=list(Topic.in_mask(run.topics)),
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
