"""Mutes: what nobody is alerted of, the form for one, and the narrowest one for a change that is not relevant."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tracker.history.mutes import Muting, mute_topics, narrowest, unmute
from tracker.history.source_deeds import FOR_EVER
from tracker.history.steps import read_moment
from tracker.history.triage import Decision, decide
from tracker.store.history.sources import source_names
from tracker.store.work.mutes import muted_sources, mutes_in_force
from tracker.web.access import Reviewer
from tracker.web.csrf import require_csrf
from tracker.web.parts import Number, Parts, Reading
from tracker.web.rendering import render
from tracker.words import Topic

router = APIRouter()

Until = Annotated[str, Form(max_length=40)]
Note = Annotated[str, Form(max_length=5_000)]


@router.get("/mutes")
def show_mutes(request: Request, session: Reading, parts: Parts) -> HTMLResponse:
    """Show what is muted."""
    now = parts.clock.now()
    return render(
        request,
        "mutes.html",
        mutes=mutes_in_force(session, now),
        whole=muted_sources(session, now),
        for_ever=FOR_EVER,
        sources=source_names(session),
        topics=[topic.value for topic in Topic],
    )


@router.post("/mutes", dependencies=[Depends(require_csrf)])
def mute(
    parts: Parts,
    who: Reviewer,
    topic: Annotated[list[Topic] | None, Form()] = None,
    source: Annotated[str, Form(max_length=200)] = "",
    until: Until = "",
    note: Note = "",
) -> RedirectResponse:
    """Mute topics of a source, or of all where none is named."""
    end = read_moment(until, parts.settings.zone) if until else None
    with parts.database.write() as session:
        mute_topics(session, source or None, Muting(who.name, tuple(topic or ()), end, note), parts.clock.now())
    return RedirectResponse("/mutes", 303)


@router.post("/mutes/{ident}/end", dependencies=[Depends(require_csrf)])
def end(parts: Parts, who: Reviewer, ident: Number) -> RedirectResponse:
    """End a mute."""
    with parts.database.write() as session:
        unmute(session, ident, by=who.name, now=parts.clock.now())
    return RedirectResponse("/mutes", 303)


@router.post("/review/{ident}/mute", dependencies=[Depends(require_csrf)])
def mute_change(ident: str, parts: Parts, who: Reviewer, until: Until = "", note: Note = "") -> RedirectResponse:
    """Dismiss a change as not relevant, and mute what it is about, of its source alone."""
    end = read_moment(until, parts.settings.zone) if until else None
    now = parts.clock.now()
    with parts.database.write() as session:
        entry, _ = decide(session, ident, Decision(who.name, "dismissed", None, note or None), now)
        mute_topics(session, entry.source.id, Muting(who.name, narrowest(entry.change), end, note), now)
    return RedirectResponse("/review", 303)
