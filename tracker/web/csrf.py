"""Keeps other sites from acting in the name of who is logged in here.

A form carries a token that only this program can make and that is bound to the login; the browser says where a request
comes from. Calls with a token of their own need neither: no browser sends that by itself.
"""

import hashlib
import hmac
import secrets

from fastapi import HTTPException, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from tracker.daemon.runtime import Runtime
from tracker.hosts import server_of
from tracker.store.meta import read_meta, write_meta
from tracker.web.access import Principal, known_principal, principal_of
from tracker.web.parts import API, runtime_of

FIELD = "csrf"
HEADER = "X-CSRF-Token"
_KEY = "csrf_key"
_OLD_FORM = "this form is out of date: load the page again and send it once more"
_NO_TOKEN = (
    "a call that changes something needs a token (Authorization: Bearer ...; `tracker token create` makes one), or a "
    f"login with the token of a form in {HEADER}"
)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def csrf_field(request: Request) -> Markup:
    """Return the hidden field that every form of ours carries."""
    principal = known_principal(request)
    if principal is None:
        return Markup("")
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, _token(request, principal))


async def require_csrf(request: Request) -> None:
    """Refuse a request that did not come from a form of ours; a dependency of every handler that changes something.

    Raises:
        HTTPException: 403.

    """
    principal = await run_in_threadpool(principal_of, request)
    if principal is not None and principal.via == "token":
        return
    refuse_foreign(request)
    if principal is None:
        return  # nobody's rights can be misused; whether nobody may is the handler's to say
    sent = request.headers.get(HEADER)
    if sent is None and request.headers.get("content-type", "").partition(";")[0] in _FORMS:
        value = (await request.form()).get(FIELD)
        sent = value if isinstance(value, str) else None
    expected = await run_in_threadpool(_token, request, principal)
    if sent is None or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise HTTPException(403, _NO_TOKEN if request.url.path.startswith(API) else _OLD_FORM)


def refuse_foreign(request: Request) -> None:
    """Refuse a request that a page of another site sent.

    Raises:
        HTTPException: 403.

    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    asked = server_of(f"//{request.headers.get('host', '')}")
    public = server_of(runtime_of(request).settings.public_url or "")
    if site not in {None, "same-origin", "none"} or (
        origin is not None and server_of(origin) not in {asked, public} - {""}
    ):
        raise HTTPException(403, "this request was sent by a page of another site")


def _token(request: Request, principal: Principal) -> str:
    told = f"{principal.via}|{principal.binding}".encode()
    return hmac.new(_key(request), told, hashlib.sha256).hexdigest()


def _key(request: Request) -> bytes:
    """Return the key of this store, made once; kept in memory from then on."""
    state = request.app.state
    if not hasattr(state, "csrf_key"):
        state.csrf_key = _stored_key(runtime_of(request))
    key: bytes = state.csrf_key
    return key


def _stored_key(runtime: Runtime) -> bytes:
    with runtime.database.read() as session:
        known = read_meta(session, _KEY)
    if known is None:
        with runtime.database.write() as session:
            known = read_meta(session, _KEY)
            if known is None:
                known = secrets.token_hex(32)
                write_meta(session, _KEY, known)
    return bytes.fromhex(known)
