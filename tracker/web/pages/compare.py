"""What chosen sources say of one topic, side by side, as of a date."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from tracker.history.side_by_side import side_by_side
from tracker.history.steps import read_moment
from tracker.store.sources import source_names, source_row
from tracker.web.parts import Parts, Reading
from tracker.web.rendering import render
from tracker.words import Topic

router = APIRouter()

#: Sources beside each other; more do not fit a page that is read.
MOST_SOURCES = 12


@router.get("/compare")
def show_compare(
    request: Request,
    session: Reading,
    parts: Parts,
    topic: str = "",
    source: Annotated[list[str] | None, Query()] = None,
    at: str = "",
) -> HTMLResponse:
    """Show a column for each source."""
    chosen = list(dict.fromkeys(ident for ident in source or () if ident))[:MOST_SOURCES]
    moment = read_moment(at, parts.settings.zone, end=True) if at else None
    rows = [source_row(session, ident) for ident in chosen]
    wanted = Topic(topic) if topic in set(Topic) else None
    return render(
        request,
        "compare.html",
        columns=side_by_side(session, rows, wanted, moment) if wanted else [],
        chosen=chosen,
        topic=wanted,
        at=at,
        topics=list(Topic),
        sources=source_names(session),
        most=MOST_SOURCES,
    )
