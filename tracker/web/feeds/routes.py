"""The feeds and the page that lists them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from tracker.daemon.runtime import Runtime
from tracker.moments import http_date
from tracker.store.history.history import ChangeFilter
from tracker.store.history.paging import LONGEST_CURSOR, change_page
from tracker.store.history.sources import all_sources, source_names, source_row
from tracker.web.access import reader
from tracker.web.api.answers import conditional
from tracker.web.feeds.atom import MEDIA, Feed, authority_of, feed_updated, write_feed
from tracker.web.parts import Links, Parts, Reading
from tracker.web.rendering import render, words_of
from tracker.words import ChangeState, Severity, Topic

router = APIRouter()

#: Changes of a page.
ENTRIES = 30

#: Sources, or tags, on one page of the list of feeds.
LISTED = 100

#: How long after a moment all that was entered at it can be read: dates in headers have no fractions, and what is being
#: stored is seen only once its transaction ends.
ENTERED = timedelta(minutes=1)

#: States in which a change is told: it will not be taken back.
SETTLED = (ChangeState.CONFIRMED.value, ChangeState.HISTORY.value)

Everything = Annotated[bool, Query(alias="all")]
Cursor = Annotated[str | None, Query(max_length=LONGEST_CURSOR)]
Name = Annotated[str, Path(max_length=200)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which page of which feed a request is."""

    name: str
    title: str
    changes: ChangeFilter
    everything: bool
    cursor: str | None


@router.get("/feeds")
def list_feeds(
    request: Request,
    session: Reading,
    q: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Show which feeds there are; those of sources and tags by a part of their name, sources page by page."""
    sources = source_names(session)
    sought = q.strip().casefold()
    named = [row for row in sources if sought in f"{row.id} {row.name}".casefold()]
    tags = [tag for tag in sorted({tag for row in sources for tag in row.tags}) if sought in tag.casefold()]
    rest = [row for row in named if row.id > after]
    shown = rest[:LISTED]
    groups = {
        "source": [(f"/feeds/sources/{quote(row.id, safe='')}.atom", row.name) for row in shown],
        "tag": [(f"/feeds/tags/{quote(tag, safe='')}.atom", tag) for tag in tags[:LISTED]],
        "topic": [(f"/feeds/topics/{topic}.atom", words_of(topic)) for topic in Topic],
        "severity, at least": [
            (f"/feeds/severity/{severity}.atom", severity.value) for severity in Severity if severity.rank
        ],
    }
    return render(
        request,
        "feeds.html",
        groups=groups,
        q=q,
        found=len(named),
        first=len(named) - len(rest) + 1,
        last=len(named) - len(rest) + len(shown),
        more=Links.query("/feeds", q=q, after=shown[-1].id) if len(rest) > LISTED else None,
        tags_left=max(0, len(tags) - LISTED),
    )


@router.get("/feeds/all.atom")
def of_all(
    request: Request, session: Reading, parts: Parts, everything: Everything = False, cursor: Cursor = None
) -> Response:
    """Return the changes of all sources."""
    return _answer(request, session, parts, Wanted("all", "all sources", ChangeFilter(), everything, cursor))


@router.get("/feeds/sources/{ident}.atom")
def of_source(
    request: Request, session: Reading, parts: Parts, ident: Name, everything: Everything = False, cursor: Cursor = None
) -> Response:
    """Return the changes of a source."""
    row = source_row(session, ident)
    wanted = Wanted(f"sources/{quote(row.id, safe='')}", row.name, ChangeFilter(source=row.id), everything, cursor)
    return _answer(request, session, parts, wanted)


@router.get("/feeds/tags/{tag:path}.atom")
def of_tag(
    request: Request, session: Reading, parts: Parts, tag: Name, everything: Everything = False, cursor: Cursor = None
) -> Response:
    """Return the changes of the sources with a tag."""
    if not all_sources(session, tags=[tag]):
        raise HTTPException(404, f"no source carries the tag {tag!r}; /feeds lists those there are")
    wanted = Wanted(
        f"tags/{quote(tag, safe='')}", f"sources tagged {tag}", ChangeFilter(tags=[tag]), everything, cursor
    )
    return _answer(request, session, parts, wanted)


@router.get("/feeds/topics/{topic}.atom")
def of_topic(
    request: Request,
    session: Reading,
    parts: Parts,
    topic: Topic,
    everything: Everything = False,
    cursor: Cursor = None,
) -> Response:
    """Return the changes about a topic."""
    wanted = Wanted(f"topics/{topic}", words_of(topic), ChangeFilter(topics=[topic]), everything, cursor)
    return _answer(request, session, parts, wanted)


@router.get("/feeds/severity/{severity}.atom")
def of_severity(
    request: Request,
    session: Reading,
    parts: Parts,
    severity: Severity,
    everything: Everything = False,
    cursor: Cursor = None,
) -> Response:
    """Return the changes that weigh at least so much."""
    changes = ChangeFilter(severity=severity)
    wanted = Wanted(f"severity/{severity}", f"severity {severity} and above", changes, everything, cursor)
    return _answer(request, session, parts, wanted)


def install(app: FastAPI) -> None:
    """Add the feeds to an application."""
    app.include_router(router, include_in_schema=False, dependencies=[Depends(reader)])


def _answer(request: Request, session: Session, parts: Runtime, wanted: Wanted) -> Response:
    """Return a page of a feed: what is material unless everything is asked for, and settled in any case."""
    changes = replace(wanted.changes, states=SETTLED, material=not wanted.everything)
    page = change_page(session, changes, cursor=wanted.cursor, limit=ENTRIES, verdicts=True)
    public = parts.settings.public_url
    site = (public or str(request.base_url)).rstrip("/")
    told = {"all": "1"} if wanted.everything else {}

    def address(cursor: str | None) -> str:
        parameters = told | ({"cursor": cursor} if cursor else {})
        return f"{site}/feeds/{wanted.name}.atom" + (f"?{urlencode(parameters)}" if parameters else "")

    feed = Feed(
        name=wanted.name + ("?all" if wanted.everything else ""),
        title=f"Policy changes: {wanted.title}" + (" (all)" if wanted.everything else ""),
        address=address(wanted.cursor),
        first=address(None),
        next=address(page.next) if page.next else None,
        site=site,
        authority=authority_of(public),
    )
    whole = feed_updated(page.items).replace(microsecond=0) + ENTERED
    headers = {"Last-Modified": format_datetime(whole, usegmt=True)} if whole <= parts.clock.now() else {}
    if headers and "if-none-match" not in request.headers and _has_since(request, whole):
        return Response(status_code=304, headers=headers)
    return conditional(request, Response(write_feed(feed, page.items), media_type=MEDIA, headers=headers))


def _has_since(request: Request, whole: datetime) -> bool:
    """Return whether the asker last asked when all of it could be read; what is no date says nothing (RFC 9110)."""
    since = http_date(request.headers.get("if-modified-since"))
    return since is not None and since >= whole
