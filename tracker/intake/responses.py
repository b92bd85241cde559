"""What servers said, as records of WARC files keep it: HTTP heads and bodies in whatever coding they were sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tracker.errors import NotPlayable
from tracker.fetch.archive_body import read_archived
from tracker.intake.model import Unreadable

#: Lines of the head of a record, or of a response.
MOST_LINES = 500
#: Bytes of an HTTP head.
_LONGEST_HEAD = 262_144
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})")
_LENGTH = re.compile(r"[0-9]{1,20}")
_CHUNK_SIZE = re.compile(rb"\s*([0-9a-fA-F]{1,8})[^\n]{0,1000}\n")


@dataclass(frozen=True, slots=True)
class Response:
    """What a server said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes  #: transfer and content codings removed

    def header(self, name: str) -> str:
        """Return the first header of this name; a blank where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def status_of(block: bytes) -> int | None:
    """Return the status that the start of a block says, None where it is no HTTP response."""
    found = _STATUS.match(block)
    return int(found[1]) if found else None


def read_response(block: bytes, limit: int) -> Response:
    """Return what a server said, of the block of a response.

    Raises:
        Unreadable: it is no HTTP, or its body is damaged, breaks off, is packed in a way that is not read, or is larger
            than `limit`.

    """
    status = status_of(block)
    end = _HEAD_END.search(block, 0, _LONGEST_HEAD)
    if status is None or (end is None and len(block) >= _LONGEST_HEAD):
        raise Unreadable("no HTTP response")
    head, body = (block, b"") if end is None else (block[: end.start()], block[end.end() :])
    headers = tuple(header_fields(head.split(b"\n")[1:]))
    told = [(name.lower(), value.lower()) for name, value in headers]
    if any(name == "transfer-encoding" and "chunked" in value for name, value in told):
        body = _joined(body)
    elif body and (wanted := _told_length(told)) is not None and len(body) < wanted:
        # A browser may show what there is; but what is missing was not deleted from it. A revisit has no body.
        raise Unreadable(f"its body breaks off: {len(body):,} bytes of {wanted:,}")
    codings = ", ".join(value for name, value in told if name == "content-encoding")
    try:
        plain = read_archived(_Raw(body), codings, limit)
    except NotPlayable as error:
        raise Unreadable(str(error)) from None
    return Response(status, headers, plain)


class _Raw:
    """A body in memory, in the shape of one that is streamed."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def read1(self, amt: int, decode_content: bool) -> bytes:
        """Return what one read brings; empty at the end."""
        part = self._body[self._at : self._at + amt]
        self._at += len(part)
        return part


def _joined(body: bytes) -> bytes:
    """Return a body without the marks of its chunks; as it is where there are none, as some tools leave it.

    Raises:
        Unreadable: it breaks off within a chunk.

    """
    parts: list[bytes] = []
    at = 0
    while (size := _CHUNK_SIZE.match(body, at)) is not None:
        length = int(size[1], 16)
        if not length:
            return b"".join(parts)
        parts.append(body[size.end() : size.end() + length])
        at = size.end() + length
        if at > len(body):
            raise Unreadable("its body breaks off in the middle of a chunk")
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    return b"".join(parts) if parts and at >= len(body) else body


def _told_length(headers: list[tuple[str, str]]) -> int | None:
    """Return how long a body is as its headers say; None where it is packed, for tools unpack it and leave them."""
    if any(name == "content-encoding" for name, _ in headers):
        return None
    return length_in(next((value for name, value in headers if name == "content-length"), ""))


def length_in(text: str) -> int | None:
    """Return the length that a header names; None where it is no number."""
    return int(text) if _LENGTH.fullmatch(text) else None


def header_fields(lines: list[bytes]) -> Iterator[tuple[str, str]]:
    """Yield name and value of header lines, each once; a line that goes on is joined."""
    name, value = "", ""
    for raw in lines[:MOST_LINES]:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if line[:1] in {" ", "\t"} and name:
            value = f"{value} {line.strip()}"
            continue
        if name:
            yield name, value
        name, colon, value = line.partition(":")
        name, value = (name.strip(), value.strip()) if colon else ("", "")
    if name:
        yield name, value
