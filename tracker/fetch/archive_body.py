"""Reads the body an archive sends: bounded, and unpacked by what the bytes are, for the headers are often wrong."""

import sys
from typing import Protocol

from tracker.errors import NotPlayable
from tracker.fetch.inflate import Damaged, Inflate

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CHUNK = 65_536
_GZIP = b"\x1f\x8b"
_ZLIB = b"\x78"
_ZSTD = b"\x28\xb5\x2f\xfd"
_UNREADABLE = frozenset({"compress"})
#: Of Zstandard on the web: no more than 8 MB are looked back on (RFC 9659).
_WINDOW_LOG = 23
_MOST_FRAMES = 64  #: of one body; each is copied to look at the next


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
            none for some that are; so gzip and Zstandard are told by their first bytes alone. Brotli has none to be
            told by: what is called so and is none, yet opens like markup, was unpacked by the archive. Nor has one kind
            of deflate: what cannot be read as that is taken as it is.
        limit: bytes.

    Raises:
        NotPlayable: it is larger, damaged or packed in a way that is not read, Brotli without the extra among them.

    """
    parts, size = [], 0
    while chunk := raw.read1(_CHUNK, decode_content=False):
        size += len(chunk)
        if size > limit:
            raise NotPlayable(f"the capture is larger than {limit:,} bytes")
        parts.append(chunk)
    body = b"".join(parts)
    if body.startswith(_GZIP):
        return _unpack(body, limit)
    if body.startswith(_ZSTD):
        return _unpack_zstd(body, limit)
    named = {coding.strip().lower() for coding in codings.split(",")}
    if body and named & _UNREADABLE:
        raise NotPlayable(f"the capture is packed as {', '.join(sorted(named & _UNREADABLE))}, which is not read")
    if "deflate" in named and (body.startswith(_ZLIB) or _is_deflate(body)):
        return _unpack(body, limit)
    if "br" in named and body:
        return _unpack_brotli(body, limit)
    return body


def _unpack(packed: bytes, limit: int) -> bytes:
    """Return what gzip or deflate packed."""
    engine, parts, size = Inflate(), [], 0
    try:
        for at in range(0, len(packed), _CHUNK):
            for part in engine.feed(packed[at : at + _CHUNK], limit - size):
                parts.append(part)
                size += len(part)
    except Damaged as error:
        raise NotPlayable(f"the capture is damaged: {error}") from error
    return _whole(b"".join(parts), limit, complete=engine.complete)


def _is_deflate(body: bytes) -> bool:
    """Return whether a body that has no mark begins like one that deflate packed."""
    try:
        Inflate().feed(body[:_CHUNK], _CHUNK)
    except Damaged:
        return False
    return True


def _unpack_zstd(packed: bytes, limit: int) -> bytes:
    """Return what one frame after the other holds."""
    body = b""
    for _ in range(_MOST_FRAMES):
        engine = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})
        try:
            body += engine.decompress(packed, max_length=limit + 1 - len(body))
        except zstd.ZstdError as error:
            raise NotPlayable(f"the capture is damaged: {error}") from error
        _whole(body, limit, complete=engine.eof)
        packed = engine.unused_data
        if not packed:
            return body
    raise NotPlayable(f"the capture is packed in more than {_MOST_FRAMES} pieces")


def _unpack_brotli(packed: bytes, limit: int) -> bytes:
    try:
        import brotlicffi
    except ImportError as error:
        raise NotPlayable(
            'the capture is packed as br, and reading that needs an extra: pip install "tracker[brotli]"'
        ) from error
    engine, parts, size, more = brotlicffi.Decompressor(), [], 0, packed
    try:
        while size <= limit and not engine.is_finished():
            part = engine.decompress(more, output_buffer_limit=_CHUNK)
            if not part and engine.can_accept_more_data():
                break
            parts.append(part)
            size, more = size + len(part), b""
    except brotlicffi.error as error:
        if packed.lstrip().startswith(b"<"):
            return packed
        raise NotPlayable(f"the capture is damaged: {error}") from error
    return _whole(b"".join(parts), limit, complete=engine.is_finished())


def _whole(body: bytes, limit: int, *, complete: bool) -> bytes:
    """Return an unpacked body that is neither too large nor cut off."""
    if len(body) > limit:
        raise NotPlayable(f"the capture is larger than {limit:,} bytes")
    if not complete:
        raise NotPlayable("the capture is damaged: its compressed body ends too early")
    return body
