"""Reads a body bit by bit: decoded, never more of it in memory than allowed, however hard it was compressed."""

import zlib

from requests import Response

from tracker.errors import FetchError
from tracker.words import FailureKind

_CHUNK = 64 * 1024
_GZIP = b"\x1f\x8b"

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
    decoder = _decoder([part.strip().lower() for part in response.headers.get("content-encoding", "").split(",")])
    parts: list[bytes] = []
    received = kept = 0
    while chunk := raw.read1(_CHUNK, decode_content=False):
        received += len(chunk)
        for plain in decoder.feed(chunk, limit - kept):
            kept += len(plain)
            parts.append(plain)
        if max(received, kept) > limit:
            if cut:
                return b"".join(parts)[:limit]
            raise _too_large(limit)
    decoder.finish()
    return b"".join(parts)


def _too_large(limit: int) -> FetchError:
    return FetchError(FailureKind.TOO_LARGE, f"the body is larger than {limit:,} bytes")


class _Plain:
    """Passes a body on that is not coded."""

    def feed(self, chunk: bytes, room: int) -> list[bytes]:
        """Return the chunk; how much room is left does not matter."""
        return [chunk]

    def finish(self) -> None:
        """Find nothing to complain about."""


class _Inflate:
    """Undoes gzip, of one or more members, and both kinds of deflate, in bounded pieces."""

    def __init__(self) -> None:
        self._engine: zlib._Decompress | None = None
        self._plain = False

    def feed(self, chunk: bytes, room: int) -> list[bytes]:
        """Return what a chunk gives, at most one byte more than there is room for."""
        if self._plain:
            return [chunk]
        if self._engine is None:
            self._engine = self._fitting(chunk)
            if self._engine is None:
                self._plain = True
                return [chunk]
        parts = []
        left = room
        data = chunk
        try:
            while data and left >= 0:
                if self._engine.eof:
                    if not data.startswith(_GZIP):
                        break  # padding after the end
                    self._engine = zlib.decompressobj(16 + zlib.MAX_WBITS)
                # One byte more than fits is enough to know that it is too much.
                part = self._engine.decompress(data, left + 1)
                parts.append(part)
                left -= len(part)
                data = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
        except zlib.error as error:
            raise FetchError(FailureKind.HTTP, f"the body cannot be decompressed: {error}") from None
        return parts

    def finish(self) -> None:
        """Refuse a body that ended in the middle: half a policy must not pass for a new one."""
        if self._engine is not None and not self._engine.eof:
            raise FetchError(FailureKind.HTTP, "the compressed body ends too early")

    @staticmethod
    def _fitting(chunk: bytes) -> "zlib._Decompress | None":
        """Return an engine for what the first bytes are; None where the server only said that it compressed."""
        if chunk.startswith(_GZIP):
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        if len(chunk) >= 2 and chunk[0] & 0x0F == 8 and (chunk[0] << 8 | chunk[1]) % 31 == 0:
            return zlib.decompressobj()
        if chunk[:1] in {b"<", b" ", b"\n", b"\r", b"\t"} or chunk[:3] == b"\xef\xbb\xbf":
            return None
        return zlib.decompressobj(-zlib.MAX_WBITS)


def _decoder(codings: list[str]) -> _Plain | _Inflate:
    codings = [coding for coding in codings if coding and coding != "identity"]
    if not codings:
        return _Plain()
    if any(coding not in {"gzip", "x-gzip", "deflate"} for coding in codings):
        raise FetchError(FailureKind.HTTP, f"the body comes in a coding that was not asked for: {', '.join(codings)}")
    # A coding named twice is a common mistake of servers and proxies; the body is coded once.
    return _Inflate()
