"""Reads the body an archive sends: bounded, and unpacked by what the bytes are, for the headers are often wrong."""

import zlib
from typing import Protocol

from tracker.errors import NotPlayable

_CHUNK = 65_536
_GZIP = b"\x1f\x8b"
_UNREADABLE = frozenset({"br", "zstd", "compress"})


class Raw(Protocol):
    """A streamed response body, as urllib3 gives it."""

    def read1(self, amt: int, decode_content: bool) -> bytes:
        """Return what one read brings; empty at the end."""
        ...


def read_archived(raw: Raw, codings: str, limit: int) -> bytes:
    """Return a body of at most `limit` bytes, packed and unpacked.

    Args:
        raw: the body as sent.
        codings: the Content-Encoding headers, joined. Archives send `, gzip` for bodies that are packed or not, and
            none for some that are; so gzip is told by its first two bytes alone.
        limit: bytes.

    Raises:
        NotPlayable: it is larger, damaged or packed in a way that is not read.

    """
    parts, size = [], 0
    while chunk := raw.read1(_CHUNK, decode_content=False):
        size += len(chunk)
        if size > limit:
            raise NotPlayable(f"the capture is larger than {limit:,} bytes")
        parts.append(chunk)
    body = b"".join(parts)
    if body.startswith(_GZIP):
        return _unpack(body, 16 + zlib.MAX_WBITS, limit)
    named = {coding.strip().lower() for coding in codings.split(",")}
    if body and named & _UNREADABLE:
        raise NotPlayable(f"the capture is packed as {', '.join(sorted(named & _UNREADABLE))}, which is not read")
    if "deflate" in named and body[:1] == b"\x78":
        return _unpack(body, zlib.MAX_WBITS, limit)
    return body


def _unpack(packed: bytes, window: int, limit: int) -> bytes:
    engine = zlib.decompressobj(window)
    try:
        body = engine.decompress(packed, limit + 1)
    except zlib.error as error:
        raise NotPlayable(f"the capture is damaged: {error}") from error
    if len(body) > limit:
        raise NotPlayable(f"the capture is larger than {limit:,} bytes")
    if not engine.eof:
        raise NotPlayable("the capture is damaged: its compressed body ends too early")
    return body
