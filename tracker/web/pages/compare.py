"""What chosen sources say of one topic, side by side, as of a date."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlmodel import Session

from tracker.errors import UnknownSourceError
from tracker.history.side_by_side import side_by_side
from tracker.history.steps import read_moment
from tracker.store.history.sources import source_names, source_row
from tracker.store.schema.tables import SourceRow
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
    source: Annotated[list[Annotated[str, Field(max_length=200)]] | None, Query(max_length=100)] = None,
    at: str = "",
) -> HTMLResponse:
    """Show a column for each source."""
    named = list(dict.fromkeys(ident.strip() for ident in source or () if ident.strip()))
    moment = read_moment(at, parts.settings.zone, end=True) if at else None
    rows, troubles = _rows(session, named)
    wanted = Topic(topic) if topic in set(Topic) else None
    if topic and wanted is None:
        troubles.append(f"There is no topic {topic!r}; choose one of the list.")
    left = [row.id for row in rows[MOST_SOURCES:]]
    if left:
        troubles.append(f"{MOST_SOURCES} sources fit beside each other; not shown: {', '.join(left)}.")
    rows = rows[:MOST_SOURCES]
    return render(
        request,
        "compare.html",
        columns=side_by_side(session, rows, wanted, moment) if wanted else [],
        chosen=[row.id for row in rows],
        troubles=troubles,
        topic=wanted,
        at=at,
        topics=list(Topic),
        sources=source_names(session),
        most=MOST_SOURCES,
    )


def _rows(session: Session, idents: Sequence[str]) -> tuple[list[SourceRow], list[str]]:
    """Return the sources of these ids, and what is to be said of ids that no source has."""
    rows, troubles = [], []
    for ident in idents:
        try:
            rows.append(source_row(session, ident))
        except UnknownSourceError as error:
            told = str(error)
            troubles.append(f"{told[:1].upper()}{told[1:]}{'' if told.endswith('?') else '.'}")
    return rows, troubles
