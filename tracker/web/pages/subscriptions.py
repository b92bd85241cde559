"""Subscriptions by mail: a reader asks for them, the address confirms them, and anybody who got a mail ends them."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tracker.alerts.subscriptions import (
    CONFIRM_SPAN,
    Purpose,
    Wish,
    confirm,
    end,
    in_words,
    is_offered,
    linked,
    subscribe,
)
from tracker.errors import UsageError
from tracker.store.history.sources import source_row
from tracker.store.people.subscriptions import subscription, subscriptions
from tracker.store.people.trail import append
from tracker.web.access import Principal, Reader, Role
from tracker.web.csrf import require_csrf
from tracker.web.parts import Number, Parts, Reading
from tracker.web.rendering import render
from tracker.words import Severity, Topic

#: For who may read.
router = APIRouter()

#: For who got a mail, logged in or not: the link itself is the right.
open_router = APIRouter()

#: Subscriptions shown; who has more ends some first.
MOST = 200

_DIGESTS = {"": None, "hourly": "hourly", "daily": "daily", "weekly": "weekly"}


@router.get("/subscriptions")
def show_subscriptions(
    request: Request,
    parts: Parts,
    session: Reading,
    who: Reader,
    source: Annotated[str, Query(max_length=200)] = "",
    asked: Annotated[str, Query(max_length=1)] = "",
    everybody: Annotated[bool, Query(alias="all")] = False,
) -> HTMLResponse:
    """Show a reader's own subscriptions, or everybody's to an admin, and the form for one more."""
    whole = everybody and who.role >= Role.ADMIN
    rows = subscriptions(session, owner=None if whole else who.name, limit=MOST)
    return render(
        request,
        "subscriptions.html",
        offered=is_offered(parts.settings),
        found=[(row, in_words(row)) for row in rows],
        whole=whole,
        may_see_all=who.role >= Role.ADMIN,
        asked=bool(asked),
        source=source_row(session, source).id if source else "",
        topics=[topic.value for topic in Topic],
        severities=[severity.value for severity in Severity if severity is not Severity.NONE],
        domains=parts.settings.subscription_domains,
        hours=int(CONFIRM_SPAN / timedelta(hours=1)),
    )


@router.post("/subscriptions", dependencies=[Depends(require_csrf)])
def ask(
    parts: Parts,
    who: Reader,
    address: Annotated[str, Form(max_length=300)],
    sources: Annotated[str, Form(max_length=20_000)] = "",
    tags: Annotated[str, Form(max_length=5_000)] = "",
    topic: Annotated[list[Topic] | None, Form()] = None,
    severity: Annotated[Severity, Form()] = Severity.LOW,
    digest: Annotated[str, Form(max_length=20)] = "",
) -> RedirectResponse:
    """Ask for a subscription; the answer is the same whatever is known of the address."""
    _refuse_programs(who)
    if digest not in _DIGESTS:
        raise UsageError("alerts are sent at once, or as an hourly, daily or weekly digest")
    now = parts.clock.now()
    with parts.database.write() as session:
        named = tuple(source_row(session, ident).id for ident in _listed(sources))
        wish = Wish(named, _listed(tags), tuple(dict.fromkeys(topic or ())), severity, _DIGESTS[digest])
        subscribe(session, parts.settings, who.name, address, wish, now)
        append(session, at=now, actor=who.name, action="subscription.ask")
    return RedirectResponse("/subscriptions?asked=1", 303)


@router.post("/subscriptions/{ident}", dependencies=[Depends(require_csrf)])
def end_own(parts: Parts, who: Reader, ident: Number) -> RedirectResponse:
    """End a subscription: one's own, or anybody's as an admin."""
    with parts.database.write() as session:
        row = subscription(session, ident)
        # Whose it is, is told to nobody else: both answers are the same.
        if row is None or (row.owner != who.name and who.role < Role.ADMIN):
            raise HTTPException(404, "there is no such subscription of yours")
        end(session, row)
        append(session, at=parts.clock.now(), actor=who.name, action="subscription.end", subject=str(ident))
    return RedirectResponse("/subscriptions", 303)


@open_router.get("/subscriptions/confirm/{token}")
def show_confirm(request: Request, parts: Parts, session: Reading, token: str) -> HTMLResponse:
    """Show what would be sent and the button; looking changes nothing, since programs follow links too."""
    row = linked(session, Purpose.CONFIRM, token, parts.clock.now())
    return _page(request, Purpose.CONFIRM, lines=in_words(row) if row else (), known=row is not None)


@open_router.post("/subscriptions/confirm/{token}")
def press_confirm(request: Request, parts: Parts, token: str) -> HTMLResponse:
    """Confirm a subscription."""
    now = parts.clock.now()
    with parts.database.write() as session:
        row = confirm(session, token, now)
        if row is not None:
            append(session, at=now, actor=row.owner, action="subscription.confirm", subject=str(row.id))
        lines = in_words(row) if row else ()
    return _page(request, Purpose.CONFIRM, lines=lines, known=row is not None, done=True)


@open_router.get("/subscriptions/end/{token}")
def show_end(request: Request, parts: Parts, session: Reading, token: str) -> HTMLResponse:
    """Show what a subscription sends, and the button that ends it."""
    row = linked(session, Purpose.END, token, parts.clock.now())
    return _page(request, Purpose.END, lines=in_words(row) if row else (), known=row is not None)


@open_router.post("/subscriptions/end/{token}")
def press_end(request: Request, parts: Parts, token: str) -> Response:
    """End a subscription, by the button or by a mail program's one click (RFC 8058): without login, cookie or form."""
    now = parts.clock.now()
    with parts.database.write() as session:
        row = linked(session, Purpose.END, token, now)
        if row is not None:
            append(session, at=now, actor=row.owner, action="subscription.end", subject=str(row.id))
            end(session, row)
    # Whoever presses twice wants what has happened already.
    return _page(request, Purpose.END, lines=(), known=True, done=True)


def _page(
    request: Request, purpose: Purpose, *, lines: tuple[str, ...], known: bool, done: bool = False
) -> HTMLResponse:
    status = 200 if known else 404
    answer = render(
        request, "subscription.html", status=status, purpose=purpose.value, lines=lines, known=known, done=done
    )
    # The address holds the right to end the subscription: no page it leads to is told, no cache keeps it.
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _refuse_programs(who: Principal) -> None:
    if who.via == "token":
        raise HTTPException(403, "subscriptions are for people; programs have feeds and webhooks")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.replace("\n", ",").split(",") if part.strip()))
