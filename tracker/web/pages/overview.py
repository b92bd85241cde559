"""All sources at a glance."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from tracker.daemon.runtime import Runtime
from tracker.history.baselines import known_levels, names_in
from tracker.history.periods import Period, Unit
from tracker.history.source_deeds import SourceDeed, do_to_source
from tracker.history.stats import heat, trends
from tracker.history.triage import Decision, decide
from tracker.store.history.overview import OverviewFilter, SourceState, source_states, unread_changes
from tracker.store.history.sources import source_row
from tracker.store.people.approvals import baselines
from tracker.web.access import Reviewer, Role, require
from tracker.web.csrf import require_csrf
from tracker.web.drawing.heatmap import HeatRow, draw_heatmap
from tracker.web.drawing.trend import draw_trend
from tracker.web.parts import Links, Parts, Reading
from tracker.web.rendering import render
from tracker.words import Topic

router = APIRouter()

#: Sources on one page.
PAGE = 50

#: Days the pictures look back over.
LOOK_BACK = 3 * 365

Deed = Literal["pause", "resume", "check", "read"]


@router.get("/")
def overview(
    request: Request,
    session: Reading,
    parts: Parts,
    q: Annotated[str, Query(max_length=200)] = "",
    tag: str = "",
    type: str = "",  # noqa: A002 - the name in the address
    severity: Annotated[Literal["", "low", "medium", "high", "critical"], Query()] = "",
    health: str = "",
    after: str = "",
) -> HTMLResponse:
    """Show every source with how it stands, what needs attention first."""
    now = parts.clock.now()
    states = source_states(session, now)
    wanted = OverviewFilter(q, tag, type, severity, health)
    fitting = [state for state in states if wanted.fits(state)]
    start = next((at + 1 for at, state in enumerate(fitting) if state.id == after), 0)
    shown = fitting[start : start + PAGE]
    keys = [state.key for state in shown]
    since = now - timedelta(days=LOOK_BACK)
    zone = parts.settings.zone
    counted = trends(session, since, now, source_keys=keys, unit=Unit.QUARTER, zone=zone)
    return render(
        request,
        "overview.html",
        states=shown,
        total=len(fitting),
        unread=sum(state.unread for state in states),
        failing=sum(state.failures > 0 for state in states),
        next_after=shown[-1].id if start + PAGE < len(fitting) else None,
        asked={"q": q, "tag": tag, "type": type, "severity": severity, "health": health},
        tags=sorted({known for state in states for known in state.tags}),
        types=sorted({state.document_type for state in states if state.document_type}),
        drift=_drift(session, parts, keys),
        heatmap=draw_heatmap(heat(session, keys, since, now, zone), _rows(shown), _link_months(shown)) if shown else "",
        trend=[draw_trend(counted, topic, _link_topic(tag)) for topic in Topic if topic in counted.topics],
    )


@router.post("/sources", dependencies=[Depends(require_csrf)])
def act(
    parts: Parts,
    reviewer: Reviewer,
    deed: Annotated[Deed, Form()],
    source: Annotated[list[str] | None, Form()] = None,
) -> RedirectResponse:
    """Pause, resume or check sources, or mark their changes as seen."""
    if deed == "check":
        require(reviewer, Role.ADMIN)
    now = parts.clock.now()
    with parts.database.write() as session:
        for ident in source or ():
            if deed != "read":
                do_to_source(session, ident, SourceDeed(deed), by=reviewer.name, now=now)
                continue
            for change in unread_changes(session, [source_row(session, ident).key or 0]):
                decide(session, change, Decision(reviewer.name, "seen"), now)
    return RedirectResponse("/", 303)


def _drift(session: Session, parts: Runtime, keys: Sequence[int]) -> Mapping[int, str]:
    """Return how far sources have drifted from what was approved, by key; those without approval are left out."""
    approved = baselines(session, source_keys=keys)
    return known_levels(session, approved, names_in(parts.sources_file))


def _rows(states: Sequence[SourceState]) -> list[HeatRow]:
    return [HeatRow(state.key, state.name, Links.source(state.id)) for state in states]


def _link_months(states: Sequence[SourceState]) -> Callable[[int, Period, Period], str]:
    # There are hundreds of cells, but few sources and months.
    changes = {state.key: Links.query("/changes", source=state.id, show="all") for state in states}

    def link(key: int, first: Period, last: Period) -> str:
        return f"{changes[key]}&since={first.first_day.isoformat()}&until={last.last_day.isoformat()}"

    return link


def _link_topic(tag: str) -> Callable[[Topic, Period], str]:
    def link(topic: Topic, period: Period) -> str:
        since, until = period.first_day.isoformat(), period.last_day.isoformat()
        return Links.query("/changes", topic=topic.value, tag=tag, since=since, until=until)

    return link
