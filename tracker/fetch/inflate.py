"""Undoes gzip and deflate as web servers send them: by what the bytes are, and bounded in what comes out."""

import zlib

_GZIP = b"\x1f\x8b"
#: Of one body: empty ones are small to send and slow to read. Real ones hold 64 kB and more each.
_MOST_MEMBERS = 10_000


class Damaged(Exception):
    """The bytes cannot be unpacked; the message says why."""


class Inflate:
    """Undoes gzip, of one or more members, and both kinds of deflate, in bounded pieces."""

    def __init__(self) -> None:
        self._engine: zlib._Decompress | None = None
        self._plain = False
        self._members = 1
        self._held = b""  #: of the mark of a further member, what the last chunk ended with

    def feed(self, chunk: bytes, room: int) -> list[bytes]:
        """Return what a chunk gives, at most one byte more than there is room for.

        Raises:
            Damaged: it cannot be unpacked.

        """
        if self._engine is None and not self._plain:
            self._engine = _fitting(chunk)
            self._plain = self._engine is None
        if self._engine is None:
            return [chunk]
        try:
            return self._inflated(self._engine, self._held + chunk, room)
        except zlib.error as error:
            raise Damaged(str(error)) from None

    @property
    def complete(self) -> bool:
        """Return whether what was fed ends where it may: half a policy must not pass for a new one."""
        return self._engine is None or self._engine.eof

    def _inflated(self, engine: "zlib._Decompress", data: bytes, left: int) -> list[bytes]:
        parts = []
        self._held = b""
        while data and left >= 0:
            if engine.eof:
                if data == _GZIP[:1]:
                    self._held = data
                if not data.startswith(_GZIP):
                    break  # padding after the end
                engine = self._engine = self._next_member()
            # One byte more than fits is enough to know that it is too much.
            part = engine.decompress(data, left + 1)
            parts.append(part)
            left -= len(part)
            data = engine.unused_data if engine.eof else engine.unconsumed_tail
        return parts

    def _next_member(self) -> "zlib._Decompress":
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise Damaged(f"it is packed in more than {_MOST_MEMBERS:,} pieces")
        return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _fitting(chunk: bytes) -> "zlib._Decompress | None":
    """Return an engine for what the first bytes are; None where the server only said that it compressed."""
    if chunk.startswith(_GZIP):
        return zlib.decompressobj(16 + zlib.MAX_WBITS)
    if len(chunk) >= 2 and chunk[0] & 0x0F == 8 and (chunk[0] << 8 | chunk[1]) % 31 == 0:
        return zlib.decompressobj()
    if chunk[:1] in {b"<", b" ", b"\n", b"\r", b"\t"} or chunk[:3] == b"\xef\xbb\xbf":
        return None
    return zlib.decompressobj(-zlib.MAX_WBITS)
