"""A source: its timeline, its versions and what it says now; the text of a version with since when it stands."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from tracker.compare.rules import rules_version
from tracker.history.blame import about, blame
from tracker.history.facts_now import FactGroup, StatedFact, facts_of_version
from tracker.history.noise import Will, decide_on_spot, noise_of
from tracker.history.source_deeds import SourceDeed, do_to_source
from tracker.history.steps import read_moment, version_named
from tracker.history.timeline import timeline
from tracker.hosts import is_public_address
from tracker.store.history.overview import source_states
from tracker.store.history.paging import version_page
from tracker.store.history.sources import source_row
from tracker.store.work.mutes import mutes_in_force
from tracker.web.access import Reviewer, Role, require
from tracker.web.csrf import require_csrf
from tracker.web.drawing.timeline import TimelineLinks, draw_timeline
from tracker.web.parts import Links, Number, Parts, Reading
from tracker.web.rendering import render
from tracker.words import Topic

router = APIRouter()

#: Versions on one page of the list.
PAGE = 50

#: Tables of facts kept in memory.
KEPT = 256


class FactTables:
    """The facts of versions asked for last: reading a long text takes most of a second. Safe to share."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[tuple[int, str], list[StatedFact]] = OrderedDict()

    def known(self, version_id: int) -> list[StatedFact] | None:
        """Return the facts of a version under today's rules, where they were read before."""
        key = version_id, rules_version()
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def of(self, session: Session, version_id: int) -> list[StatedFact]:
        """Return the facts of a version under today's rules."""
        known = self.known(version_id)
        if known is not None:
            return known
        key = version_id, rules_version()
        found = facts_of_version(session, version_id)
        with self._lock:
            self._held[key] = found
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
        return found


_TABLES = FactTables()


@router.get("/sources/{ident}")
def show_source(
    request: Request, session: Reading, parts: Parts, ident: str, cursor: str | None = None
) -> HTMLResponse:
    """Show a source."""
    row = source_row(session, ident)
    assert row.key is not None
    state = next(iter(source_states(session, parts.clock.now(), row.key)), None)
    page = version_page(session, row.key, cursor=cursor, limit=PAGE, newest_first=True)
    latest = version_named(session, row, "latest", parts.settings.zone) if page.items else None
    links = TimelineLinks(change=Links.change, version=lambda number: Links.version(row.id, number))
    return render(
        request,
        "source.html",
        source=row,
        state=state,
        address=row.url if is_public_address(row.url) else "",
        picture=draw_timeline(timeline(session, row), parts.settings.zone, links),
        versions=page.items,
        next_cursor=page.next,
        latest=latest,
        facts=_by_group(_TABLES.known(latest.version.id or 0)) if latest else None,
        noise=noise_of(session, row),
        mutes=mutes_in_force(session, parts.clock.now(), source_key=row.key),
    )


@router.get("/sources/{ident}/facts")
def show_facts(request: Request, session: Reading, parts: Parts, ident: str) -> HTMLResponse:
    """Show what a source says now: the page of its own, or the part of one that htmx asks for."""
    row = source_row(session, ident)
    latest = version_named(session, row, "latest", parts.settings.zone)
    template = "facts_table.html" if "hx-request" in request.headers else "facts.html"
    facts = _by_group(_TABLES.of(session, latest.version.id or 0))
    return render(request, template, source=row, latest=latest, facts=facts)


@router.post("/sources/{ident}", dependencies=[Depends(require_csrf)])
def act(
    parts: Parts,
    reviewer: Reviewer,
    ident: str,
    deed: Annotated[SourceDeed, Form()],
    until: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Pause, resume, check, mute or unmute a source."""
    if deed is SourceDeed.CHECK:
        require(reviewer, Role.ADMIN)
    end = read_moment(until, parts.settings.zone) if until else None
    with parts.database.write() as session:
        do_to_source(session, ident, deed, by=reviewer.name, now=parts.clock.now(), until=end)
    return RedirectResponse(Links.source(ident), 303)


@router.post("/sources/{ident}/noise", dependencies=[Depends(require_csrf)])
def decide_on_block(
    parts: Parts, reviewer: Reviewer, ident: str, block: Annotated[Number, Form()], will: Annotated[Will, Form()]
) -> RedirectResponse:
    """Say of a block of the page that it is volatile, that it never is, or that it is to be learnt."""
    with parts.database.write() as session:
        decide_on_spot(session, ident, str(block), will, by=reviewer.name, now=parts.clock.now())
    return RedirectResponse(f"{Links.source(ident)}#noise", 303)


@router.get("/sources/{ident}/versions/{name}")
def show_version(
    request: Request,
    session: Reading,
    parts: Parts,
    ident: str,
    name: Annotated[str, Path(max_length=40)],
    topic: Annotated[list[str] | None, Query()] = None,
) -> HTMLResponse:
    """Show the text of a version, each clause with since when it stands."""
    row = source_row(session, ident)
    entry = version_named(session, row, name, parts.settings.zone)
    wanted = [Topic(one) for one in topic or () if one in set(Topic)]
    clauses = blame(session, row, entry)
    present = {one for clause in clauses for one in clause.topics}
    return render(
        request,
        "version.html",
        source=row,
        entry=entry,
        clauses=about(clauses, wanted) if wanted else clauses,
        topic=wanted[0] if wanted else None,
        topics=[one for one in Topic if one in present],
    )


def _by_group(facts: Sequence[StatedFact] | None) -> dict[FactGroup, list[StatedFact]] | None:
    if facts is None:
        return None
    found: dict[FactGroup, list[StatedFact]] = {}
    for fact in facts:
        found.setdefault(fact.group, []).append(fact)
    return found
