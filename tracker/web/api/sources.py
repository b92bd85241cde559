"""Sources: what is followed, how its checks go, and what people do about that."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Query, Request, Response
from pydantic import Field

from tracker.errors import UnknownSourceError, UsageError
from tracker.history.source_deeds import SourceDeed, do_to_source
from tracker.history.steps import read_moment
from tracker.store.history.paging import source_page
from tracker.store.history.sources import source_row
from tracker.web.access import Admin, Principal, Reviewer
from tracker.web.api.answers import (
    READING,
    WRITING,
    ApiRoute,
    Cursor,
    Given,
    Limit,
    Listed,
    Moment,
    SourceId,
    Tags,
    Told,
    next_link,
    problems,
)
from tracker.web.csrf import require_csrf
from tracker.web.parts import Parts, Reading

router = APIRouter(route_class=ApiRoute, tags=["sources"])


class Following(StrEnum):
    """Whether a source is still in the sources file."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class Source(Told):
    """A followed document."""

    id: str = Field(description="Stable id, as in the sources file.", examples=["acme-privacy"])
    name: str = Field(description="Name for people.", examples=["Acme Privacy Policy"])
    organisation: str = Field(description="Whose document it is; may be blank.", examples=["Acme"])
    document_type: str = Field(description="Kind of document; may be blank.", examples=["Privacy Policy"])
    url: str = Field(description="Address of its first page.", examples=["https://acme.example/privacy"])
    tags: list[str] = Field(description="Tags of the sources file.", examples=[["vendor"]])
    language: str = Field(description="Language that is expected.", examples=["en"])
    jurisdiction: str | None = Field(description="Whose law it is for, where told.", examples=["EU"])
    state: Following = Field(description="`archived` once it left the sources file; its history stays.")
    paused: bool = Field(description="Whether it is left unchecked for now.")
    muted_until: datetime | None = Field(description="Until when no alerts are sent of it.")
    next_check_at: datetime | None = Field(description="When it is due.")
    last_checked_at: datetime | None = Field(description="Last check.")
    last_success_at: datetime | None = Field(description="Last check that brought a text.")
    last_changed_at: datetime | None = Field(description="When its text was last seen to differ.")
    failures: int = Field(description="Checks that failed in a row.", examples=[0])
    last_failure: str | None = Field(description="Kind of the last failure.", examples=["timeout"])
    unstable_since: datetime | None = Field(description="Since when it flips between known texts; null if it does not.")


class Muting(Given):
    """How long to send no alerts of a source."""

    until: Moment | None = Field(
        default=None, description="Until then; null for ever. A time that has passed ends it.", examples=["2027-01-31"]
    )


@router.get("/sources", responses=READING)
def list_sources(
    request: Request,
    response: Response,
    session: Reading,
    state: Annotated[Following | None, Query(description="Only those.")] = None,
    paused: Annotated[bool | None, Query(description="Only those that are paused, or only the others.")] = None,
    failing: Annotated[bool | None, Query(description="Only those whose last check failed, or the others.")] = None,
    tag: Tags = [],  # noqa: B006 - FastAPI copies it
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[Source]:
    """List sources by id."""
    page = source_page(session, state=state, paused=paused, failing=failing, tags=tag, cursor=cursor, limit=limit)
    items = [Source.model_validate(row) for row in page.items]
    return Listed[Source](items=items, next=next_link(request, response, page.next))


@router.get("/sources/{source}", responses=READING)
def read_source(session: Reading, source: SourceId) -> Source:
    """Return a source."""
    return Source.model_validate(source_row(session, source))


@router.post("/sources/{source}/pause", responses=WRITING, dependencies=[Depends(require_csrf)])
def pause_source(parts: Parts, who: Reviewer, source: SourceId) -> Source:
    """Stop checking a source; its history stays."""
    return _done(parts, who, source, SourceDeed.PAUSE)


@router.post("/sources/{source}/resume", responses=WRITING, dependencies=[Depends(require_csrf)])
def resume_source(parts: Parts, who: Reviewer, source: SourceId) -> Source:
    """Check a paused source again."""
    return _done(parts, who, source, SourceDeed.RESUME)


@router.post("/sources/{source}/mute", responses=WRITING, dependencies=[Depends(require_csrf)])
def mute_source(parts: Parts, who: Reviewer, source: SourceId, muting: Annotated[Muting, Body()]) -> Source:
    """Send no alerts of a source for a while; it is checked and recorded all the same."""
    until = None if muting.until is None else read_moment(muting.until, parts.settings.zone)
    ended = until is not None and until <= parts.clock.now()
    return _done(parts, who, source, SourceDeed.UNMUTE if ended else SourceDeed.MUTE, until)


@router.post(
    "/sources/{source}/check",
    responses=WRITING | problems(409),
    status_code=202,
    dependencies=[Depends(require_csrf)],
)
def check_source(parts: Parts, who: Admin, source: SourceId) -> Source:
    """Make a source due at once; the daemon checks it at its next tick."""
    try:
        return _done(parts, who, source, SourceDeed.CHECK)
    except UnknownSourceError:
        raise
    except UsageError as error:
        raise HTTPException(409, str(error)) from None


def _done(parts: Parts, who: Principal, ident: str, deed: SourceDeed, until: datetime | None = None) -> Source:
    with parts.database.write() as session:
        row = do_to_source(session, ident, deed, by=who.name, now=parts.clock.now(), until=until)
        return Source.model_validate(row)
