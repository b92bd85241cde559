"""Reads a body bit by bit: decoded, never more of it in memory than allowed, however hard it was compressed."""

from requests import Response

from tracker.errors import FetchError
from tracker.fetch.inflate import Damaged, Inflate
from tracker.words import FailureKind

_CHUNK = 64 * 1024

#: Content codings we ask for and can undo.
ACCEPT_ENCODING = "gzip, deflate"


def read_body(response: Response, limit: int, *, cut: bool = False) -> bytes:
    """Return the decoded body of a streamed response of at most `limit` bytes, before and after decoding.

    With `cut` a longer body is cut there instead of refused.

    Raises:
        FetchError: too_large, or http where the body cannot be decoded.
        Exception: whatever the transport raises when it breaks.

    """
    raw = response.raw
    engine = _engine([part.strip().lower() for part in response.headers.get("content-encoding", "").split(",")])
    parts: list[bytes] = []
    received = kept = 0
    while chunk := raw.read1(_CHUNK, decode_content=False):
        received += len(chunk)
        for plain in _decoded(engine, chunk, limit - kept):
            kept += len(plain)
            parts.append(plain)
        if max(received, kept) > limit:
            if cut:
                return b"".join(parts)[:limit]
            raise _too_large(limit)
    if engine is not None and not engine.complete:
        raise FetchError(FailureKind.HTTP, "the compressed body ends too early")
    return b"".join(parts)


def _too_large(limit: int) -> FetchError:
    return FetchError(FailureKind.TOO_LARGE, f"the body is larger than {limit:,} bytes")


def _engine(codings: list[str]) -> Inflate | None:
    """Return what undoes the codings of a body; None where it is not coded."""
    codings = [coding for coding in codings if coding and coding != "identity"]
    if not codings:
        return None
    if any(coding not in {"gzip", "x-gzip", "deflate"} for coding in codings):
        raise FetchError(FailureKind.HTTP, f"the body comes in a coding that was not asked for: {', '.join(codings)}")
    # A coding named twice is a common mistake of servers and proxies; the body is coded once.
    return Inflate()


def _decoded(engine: Inflate | None, chunk: bytes, room: int) -> list[bytes]:
    try:
        return [chunk] if engine is None else engine.feed(chunk, room)
    except Damaged as error:
        raise FetchError(FailureKind.HTTP, f"the body cannot be decompressed: {error}") from None
