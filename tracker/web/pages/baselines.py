"""Approved baselines: what was accepted, when and by whom, and how far each text has drifted from it since."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tracker.history.baselines import approve, names_in, with_drift
from tracker.history.steps import LATEST, version_named
from tracker.store.history.sources import source_row
from tracker.store.people.approvals import approvals_of, baselines, shown_versions, without_baseline
from tracker.web.access import Reviewer
from tracker.web.csrf import require_csrf
from tracker.web.parts import Links, Parts, Reading
from tracker.web.rendering import render

router = APIRouter()

PAGE = 50


@router.get("/baselines")
def show_baselines(
    request: Request,
    parts: Parts,
    session: Reading,
    source: Annotated[str, Query(max_length=200)] = "",
    tag: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> HTMLResponse:
    """Show the baselines, or those of one source with every earlier one."""
    row = source_row(session, source) if source else None
    keys = None if row is None or row.key is None else [row.key]
    entries = baselines(session, source_keys=keys, tags=(tag,) if tag else (), after=after, limit=PAGE + 1)
    today = parts.clock.now().astimezone(parts.settings.zone).date()
    past = approvals_of(session, keys)[keys[0]] if keys else []
    shown = shown_versions(session, keys).get(keys[0]) if keys else None
    return render(
        request,
        "baselines.html",
        found=with_drift(session, entries[:PAGE], names_in(parts.sources_file), compare=False),
        today=today,
        source=row,
        asked={"source": source, "tag": tag},
        past=[(approval, shown.numbers.get(approval.version_id) if shown else None) for approval in past],
        missing=without_baseline(session),
        more=Links.query("/baselines", tag=tag, after=entries[PAGE - 1].source.id) if len(entries) > PAGE else None,
    )


@router.post("/baselines", dependencies=[Depends(require_csrf)])
def approve_version(
    parts: Parts,
    who: Reviewer,
    source: Annotated[str, Form(max_length=200)],
    version: Annotated[str, Form(max_length=40)] = LATEST,
    note: Annotated[str, Form(max_length=5_000)] = "",
    review_by: Annotated[str, Form(max_length=40)] = "",
) -> RedirectResponse:
    """Accept a version of a source."""
    now = parts.clock.now()
    with parts.database.write() as session:
        row = source_row(session, source.strip())
        zone = parts.settings.zone
        entry = version_named(session, row, version.strip() or LATEST, zone)
        today = now.astimezone(zone).date()
        approve(session, row, entry, by=who.name, now=now, today=today, note=note, review_by=review_by.strip() or None)
    return RedirectResponse(Links.query("/baselines", source=row.id), 303)
