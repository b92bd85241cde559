"""What is done to every request before a handler sees it: HEAD is answered as GET, bodies are bounded."""

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bytes of a request's body.
MOST_BODY = 2_000_000


class HeadAsGet:
    """Answers HEAD with the headers of GET: that is how watchers ask whether something is there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; of the answer to HEAD only the headers."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, without_body)


class BoundedBodies:
    """Refuses bodies that are too large, whether they say so or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; reading more of its body than is allowed raises HTTPException 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        got = int(told) if told.isdigit() and int(told) > MOST_BODY else 0

        async def counted() -> Message:
            nonlocal got
            if got <= MOST_BODY:
                message = await receive()
                got += len(message.get("body", b""))
            if got > MOST_BODY:
                raise HTTPException(413, f"a request takes {MOST_BODY:,} bytes at most")
            return message

        await self.app(scope, counted, send)
