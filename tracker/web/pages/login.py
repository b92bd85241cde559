"""Logging in and out."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tracker.counting import counted
from tracker.daemon.runtime import Runtime
from tracker.store.people.people import (
    checked_password,
    close_login,
    find_account,
    open_login,
    renewed_hash,
    still_same,
)
from tracker.store.people.throttle import begin_try, by_address, by_name, end_try
from tracker.store.people.trail import append
from tracker.web.access import COOKIE, SECURE_COOKIE, client_address, is_https, principal_of
from tracker.web.csrf import refuse_foreign, require_csrf
from tracker.web.parts import Parts
from tracker.web.rendering import render

router = APIRouter()

WRONG = "Name or password is wrong."


@router.get("/login", name="login")
def show_login(request: Request, next: str = "/") -> HTMLResponse:  # noqa: A002 - the name in the address
    """Show the form."""
    return render(request, "login.html", next=_inside(next), trouble="", name="")


@router.post("/login")
def log_in(
    request: Request,
    parts: Parts,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2_000)] = "",
    next: Annotated[str, Form(max_length=2_000)] = "/",  # noqa: A002 - the name of the field
) -> Response:
    """Log a browser in; the same answer, after the same time, whether the name or the password is wrong."""
    refuse_foreign(request)
    settings, address = parts.settings, client_address(request, parts.settings)
    with parts.database.write() as session:
        wait = begin_try(session, parts.clock.now(), (by_name(name), by_address(address)))
    if wait:
        seconds = int(wait.total_seconds()) + 1
        told = f"Too many tries. Wait {counted(seconds, 'second')}, then try again."
        waiting = render(request, "login.html", status=429, next=_inside(next), trouble=told, name=name)
        waiting.headers["Retry-After"] = str(seconds)
        return waiting
    secret = _opened(parts, name, password, address)
    if secret is None:
        return render(request, "login.html", status=403, next=_inside(next), trouble=WRONG, name=name)
    answer = RedirectResponse(_inside(next), 303)
    secure = is_https(request, settings)
    answer.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        secret,
        max_age=int(settings.session_most.total_seconds()),  # when it ends before that, the store knows
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/logout", dependencies=[Depends(require_csrf)])
def log_out(request: Request, parts: Parts) -> RedirectResponse:
    """Log the browser out."""
    principal = principal_of(request)
    secret = request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)
    if secret:
        with parts.database.write() as session:
            close_login(session, secret)
            append(session, at=parts.clock.now(), actor=principal.name if principal else "", action="logout")
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SECURE_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return answer


def _opened(parts: Runtime, name: str, password: str, address: str) -> str | None:
    """Return the secret of a new login; None where the name or the password is wrong. The trail keeps either."""
    with parts.database.read() as session:
        known = find_account(session, name)
    # Hashing is slow on purpose: nobody who writes waits for it.
    fits = checked_password(known, password)
    renewed = renewed_hash(known, password) if fits and known is not None else None
    now, detail = parts.clock.now(), {"address": address}
    with parts.database.write() as session:
        account = still_same(session, known) if fits and known is not None else None
        if account is None:
            # What was typed may be a password in the wrong field: only names that are known are written down.
            subject = known.name if known is not None else ""
            append(session, at=now, actor="", action="login.failed", subject=subject, detail=detail)
            return None
        account.password_hash = renewed or account.password_hash
        end_try(session, by_name(name), by_address(address))
        secret = open_login(session, account, now, now + min(parts.settings.session_span, parts.settings.session_most))
        append(session, at=now, actor=account.name, action="login.ok", detail=detail)
    return secret


def _inside(path: str) -> str:
    """Return a path of ours; whatever leads elsewhere becomes the overview."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable():
        return "/"
    return quote(path, safe="/?&=%:,.-_~+")
