"""Lets feed readers, which know no bearer tokens, send a token as the password of HTTP Basic."""

import base64
import binascii

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FEEDS = "/feeds"
_CHALLENGE = 'Basic realm="tracker feeds", charset="UTF-8"'


class TokenAsPassword:
    """Hands the password of HTTP Basic on as a bearer token, below `/feeds` only; who asks for none is told how."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == FEEDS or path.startswith(f"{FEEDS}/")):
            await self.app(scope, receive, send)
            return
        headers = [(name, _bearer(value) if name == b"authorization" else value) for name, value in scope["headers"]]

        async def with_challenge(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 401:
                MutableHeaders(scope=message)["WWW-Authenticate"] = _CHALLENGE
            await send(message)

        await self.app({**scope, "headers": headers}, receive, with_challenge)


def _bearer(value: bytes) -> bytes:
    """Return the header of a bearer token for that of HTTP Basic; any other as it is."""
    scheme, _, coded = value.partition(b" ")
    if scheme.lower() != b"basic":
        return value
    try:
        token = base64.b64decode(coded.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return value
    return b"Bearer " + token
