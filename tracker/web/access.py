"""Who is asking, and what they may do.

A program says who it is by a token, a browser by the cookie of its login, a proxy that we trust by a header. Only where
the pages are bound to this machine, nobody has an account and no proxy stands in between may anybody do everything.
"""

import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from sqlalchemy.exc import SQLAlchemyError

from tracker.daemon.runtime import Runtime
from tracker.settings import Settings
from tracker.store.people.people import (
    has_accounts,
    login_of,
    needs_touch,
    renew_login,
    renewed_until,
    token_of,
    touch,
)
from tracker.store.schema.people_tables import LoginSession
from tracker.web.parts import runtime_of

#: Names of this machine; a page of elsewhere that points its own name here is not answered as if it were ours.
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})

#: Headers that a proxy adds: who asks is not on this machine.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")

#: Proxies in a row that are looked through.
_MOST_HOPS = 20

COOKIE = "tracker_session"
SECURE_COOKIE = f"__Host-{COOKIE}"


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Role(IntEnum):
    """What somebody may do; a higher one may do what a lower one may."""

    READER = 1
    REVIEWER = 2
    ADMIN = 3


_SCOPES = {"read": Role.READER, "review": Role.REVIEWER, "admin": Role.ADMIN}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking."""

    name: str
    role: Role
    via: str  #: open, session, proxy or token
    binding: str = ""  #: what a form's token is bound to; never shown


def principal_of(request: Request) -> Principal | None:
    """Return who is asking; None where nobody said so and reading needs it.

    Raises:
        HTTPException: 401 where a token was sent that is none.

    """
    if not hasattr(request.state, "principal"):
        request.state.principal = _found(request, runtime_of(request))
    found: Principal | None = request.state.principal
    return found


def _found(request: Request, runtime: Runtime) -> Principal | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_token(runtime, secret.strip())
    named = _by_proxy(request, runtime.settings)
    if named is not None:
        return named
    cookie = request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)
    with runtime.database.read() as session:
        login = login_of(session, cookie, runtime.clock.now()) if cookie else None
        if login is None:
            is_open = _is_open(request, runtime.settings) and not has_accounts(session)
            return Principal("local", Role.ADMIN, "open") if is_open else None
    row, account = login
    _keep_alive(runtime, row)
    return Principal(account.name, Role[account.role.upper()], "session", row.secret_sha256)


def _keep_alive(runtime: Runtime, login: LoginSession) -> None:
    now, settings = runtime.clock.now(), runtime.settings
    until = renewed_until(login, now, settings.session_span, settings.session_most)
    if until is not None:
        # The next request tries again; no reason to refuse a reader while the store is busy.
        with suppress(SQLAlchemyError), runtime.database.write() as session:
            renew_login(session, login, until)


def _by_token(runtime: Runtime, secret: str) -> Principal:
    now = runtime.clock.now()
    with runtime.database.read() as session:
        token = token_of(session, secret, now)
    if token is None:
        raise HTTPException(401, "this token is none, ran out or was revoked", {"WWW-Authenticate": "Bearer"})
    if needs_touch(token, now):
        # When it was used last is good to know, but no reason to refuse a reader while the store is busy.
        with suppress(SQLAlchemyError), runtime.database.write() as session:
            touch(session, token.id or 0, now)
    return Principal(token.name, max(_SCOPES[scope] for scope in token.scopes), "token")


def is_trusted_proxy(request: Request, settings: Settings) -> bool:
    """Return whether a request comes from one of the proxies in the settings."""
    return _is_trusted(_address(request.client.host if request.client else ""), settings)


def client_address(request: Request, settings: Settings) -> str:
    """Return the address of who asks: the nearest that is no trusted proxy, as those proxies say.

    Each proxy adds whom it heard to the end of `X-Forwarded-For`; what stands left of the first stranger is hearsay.
    """
    peer = request.client.host if request.client else ""
    nearest = _address(peer)
    said = [part for line in request.headers.getlist("x-forwarded-for") for part in line.split(",")]
    for part in reversed(said[-_MOST_HOPS:]):
        further = _address(part) if _is_trusted(nearest, settings) else None
        if further is None:
            break
        nearest = further
    return peer if nearest is None else str(nearest)


def _address(said: str) -> _Address | None:
    """Return an address as proxies write it, with or without a port; None where it is none."""
    text = said.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def _is_trusted(address: _Address | None, settings: Settings) -> bool:
    networks = (ipaddress.ip_network(network, strict=False) for network in settings.trusted_proxies)
    return address is not None and any(address in network for network in networks)


def _by_proxy(request: Request, settings: Settings) -> Principal | None:
    """Return whom a trusted proxy names; headers of anybody else mean nothing."""
    header = settings.proxy_user_header
    if header is None or not is_trusted_proxy(request, settings):
        return None
    name = request.headers.get(header, "").strip()
    if not name:
        return None
    said = request.headers.get(settings.proxy_role_header, "") if settings.proxy_role_header else ""
    role = said.strip().upper() or settings.proxy_role.upper()
    return Principal(name[:100], Role.__members__.get(role, Role.READER), "proxy", f"proxy {name}")


def _is_open(request: Request, settings: Settings) -> bool:
    """Return whether a request is one of this machine to pages bound to this machine."""
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return (
        is_loopback(settings.web_host)
        and settings.proxy_user_header is None
        and name.lower() in LOOPBACK_NAMES
        and not any(header in request.headers for header in FORWARDED)
    )


def is_loopback(host: str) -> bool:
    """Return whether an address to listen at can be reached from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_https(request: Request, settings: Settings) -> bool:
    """Return whether the browser came by HTTPS, as far as that can be known."""
    if request.url.scheme == "https" or (settings.public_url or "").startswith("https://"):
        return True
    return is_trusted_proxy(request, settings) and request.headers.get("x-forwarded-proto", "") == "https"


Asking = Annotated[Principal | None, Depends(principal_of)]


def known_principal(request: Request) -> Principal | None:
    """Return who is asking, for an answer that anybody gets; None also where a token is none or the store is out."""
    try:
        return principal_of(request)
    except (HTTPException, SQLAlchemyError):
        return None


def require(principal: Principal | None, role: Role) -> Principal:
    """Return who is asking if they may do what needs a role.

    Raises:
        HTTPException: 401 where nobody said who they are, 403 where they may not.

    """
    if principal is None:
        raise HTTPException(401, "log in, or send a token", {"WWW-Authenticate": "Bearer"})
    if principal.role < role:
        raise HTTPException(403, f"this needs the role {role.name.lower()}; you are {principal.role.name.lower()}")
    return principal


def reader(principal: Asking) -> Principal:
    """Let pass who may read; a dependency of every router that shows anything."""
    return require(principal, Role.READER)


def reviewer(principal: Asking) -> Principal:
    """Let pass who may review."""
    return require(principal, Role.REVIEWER)


def admin(principal: Asking) -> Principal:
    """Let pass who may do everything."""
    return require(principal, Role.ADMIN)


#: What a handler takes that needs to know who is asking, and that they may.
Reader = Annotated[Principal, Depends(reader)]
Reviewer = Annotated[Principal, Depends(reviewer)]
Admin = Annotated[Principal, Depends(admin)]
