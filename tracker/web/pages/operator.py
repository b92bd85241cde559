"""What an operator looks at: what fails or is held, what is sent, who asked us to wait, how large the store is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tracker.alerts.outbox import list_deliveries, retry
from tracker.history.noise import release as let_through
from tracker.store.history.paging import event_page
from tracker.store.people.trail import append
from tracker.store.work.alarms import alarms
from tracker.store.work.noise import moving_sources
from tracker.store.work.operations import blocked_hosts, delivery_counts, failing_sources, held_texts
from tracker.web.access import Admin, Reviewer
from tracker.web.csrf import require_csrf
from tracker.web.health import health_of
from tracker.web.looked_up import SIZES
from tracker.web.parts import Daemon, Number, Parts, Reading
from tracker.web.rendering import render

router = APIRouter()

#: Rows of each list; the commands show the rest.
MOST = 50


@router.get("/operator")
def show_operator(request: Request, session: Reading, parts: Parts, daemon: Daemon) -> HTMLResponse:
    """Show how the installation does."""
    now = parts.clock.now()
    return render(
        request,
        "operator.html",
        health=health_of(parts, daemon, request.app.state.started),
        has_daemon=daemon is not None,
        held=held_texts(session),
        failing=failing_sources(session, MOST),
        moving=moving_sources(session),
        counts=delivery_counts(session),
        dead=list_deliveries(session, state="dead", limit=MOST),
        pending=list_deliveries(session, state="pending", limit=MOST),
        blocked=blocked_hosts(session, now),
        alarms=alarms(session),
        storage=SIZES.of(parts.database, session),
        events=event_page(session, limit=MOST).items,
    )


@router.post("/operator/held", dependencies=[Depends(require_csrf)])
def release(parts: Parts, reviewer: Reviewer, held: Annotated[Number, Form()]) -> RedirectResponse:
    """Let a held text through, and look at its source again at once."""
    with parts.database.write() as session:
        let_through(session, held, by=reviewer.name, now=parts.clock.now())
    return RedirectResponse("/operator", 303)


@router.post("/operator/deliveries", dependencies=[Depends(require_csrf)])
def send_again(parts: Parts, admin: Admin, delivery: Annotated[list[Number] | None, Form()] = None) -> RedirectResponse:
    """Try deliveries that were given up again: those chosen, all where none is."""
    now = parts.clock.now()
    with parts.database.write() as session:
        count = retry(session, now, delivery)
        append(session, at=now, actor=admin.name, action="delivery.retry", detail={"count": count})
    return RedirectResponse("/operator", 303)
