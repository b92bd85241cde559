"""Deadlines: from when announced changes hold, and until when one may object to them; as a page and as a calendar."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from tracker.daemon.runtime import Runtime
from tracker.export.calendar import calendar
from tracker.history.deadlines import deadlines
from tracker.store.history.sources import all_sources, source_row
from tracker.web.api.answers import conditional
from tracker.web.parts import Links, Parts, Reading
from tracker.web.rendering import render

router = APIRouter()

#: Changes that one answer looks at, the newest first.
MOST = 500
#: Days that stay in the calendar after they have passed.
KEPT = 365

SourceQuery = Annotated[str, Query(max_length=200)]


@router.get("/deadlines")
def show_deadlines(
    request: Request,
    parts: Parts,
    session: Reading,
    past: Literal["", "1"] = "",
    source: SourceQuery = "",
    tag: SourceQuery = "",
) -> HTMLResponse:
    """Show the days ahead, or those that passed."""
    today = parts.clock.now().astimezone(parts.settings.zone).date()
    days = KEPT if past else None
    return render(
        request,
        "deadlines.html",
        found=deadlines(
            session, today, past=bool(past), days=days, source_keys=_keys(session, source, tag), limit=MOST
        ),
        today=today,
        past=bool(past),
        asked={"source": source, "tag": tag},
        feed=Links.query("/deadlines.ics", source=source, tag=tag),
        reminders=sorted(parts.settings.deadline_reminders, reverse=True),
    )


@router.get("/deadlines.ics")
def deadlines_feed(
    request: Request, parts: Parts, session: Reading, source: SourceQuery = "", tag: SourceQuery = ""
) -> Response:
    """Give the days ahead, and those of the last year, to calendar programs."""
    body = _calendar(parts, session, source, tag)
    headers = {"Content-Disposition": 'inline; filename="deadlines.ics"'}
    return conditional(request, Response(body, media_type="text/calendar; charset=utf-8", headers=headers))


def _calendar(parts: Runtime, session: Session, source: str, tag: str) -> bytes:
    today = parts.clock.now().astimezone(parts.settings.zone).date()
    keys = _keys(session, source, tag)
    past = deadlines(session, today, past=True, days=KEPT, source_keys=keys, limit=MOST)
    ahead = deadlines(session, today, source_keys=keys, limit=MOST)
    told = [one for one in (*reversed(past), *ahead) if not one.dismissed]
    return calendar(told, reminders=parts.settings.deadline_reminders, public_url=parts.settings.public_url)


def _keys(session: Session, source: str, tag: str) -> list[int] | None:
    if source:
        key = source_row(session, source).key
        return [] if key is None else [key]
    if tag:
        return [row.key for row in all_sources(session, tags=(tag,)) if row.key is not None]
    return None
