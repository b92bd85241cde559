"""Captures as a WARC 1.1 file (ISO 28500), for any tool that replays web archives.

Bodies are stored as they were after transfer and content codings were removed. The headers that told of these codings
are therefore kept under the prefix that archives use for such, and the length is that of the body written.
"""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import IO, Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from sqlmodel import Session

from tracker import __version__
from tracker.errors import PayloadRemoved
from tracker.printable import one_line
from tracker.store.history.evidence import links_from
from tracker.store.schema.tables import Snapshot, SourceRow
from tracker.store.texts.snapshots import read_payload, rendered_from

_CODED = {"content-encoding", "transfer-encoding", "content-length"}
_ORIGINAL = "X-Archive-Orig-"
_LEVEL = 6  #: of gzip; the highest takes half as long again for a hundredth of the size
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


def write_warc(session: Session, sources: Sequence[SourceRow], out: IO[bytes]) -> tuple[int, int]:
    """Write every capture of sources, each record compressed on its own; the same store gives the same bytes.

    A body that a source sent before is written as a revisit of the first; hops of redirects become records too.

    Args:
        session: of a reader.
        sources: whose captures.
        out: a binary file.

    Returns:
        How many captures were written, and how many were left out since a retention rule removed their bytes.

    Raises:
        DamagedError: a payload does not fit its hash.

    """
    written = removed = 0
    for source in sources:
        assert source.key is not None
        sent: dict[str, Snapshot] = {}
        for snapshot in links_from(session, source.key, 1):
            try:
                body = read_payload(session, snapshot)
            except PayloadRemoved:
                removed += 1
                continue
            if not written:
                out.write(_warcinfo(snapshot))
            made_of = rendered_from(snapshot.headers)
            for record in _records(snapshot, body, sent.get(snapshot.payload_sha256), sent.get(made_of or "")):
                out.write(record)
            if made_of is None:
                sent.setdefault(snapshot.payload_sha256, snapshot)
            written += 1
    return written, removed


def _records(snapshot: Snapshot, body: bytes, same: Snapshot | None, received: Snapshot | None) -> Iterator[bytes]:
    for place, hop in enumerate(snapshot.redirects):
        yield _hop(snapshot, place, hop)
    if rendered_from(snapshot.headers) is not None:
        yield _conversion(snapshot, body, received)
        return
    headers = [*_replayable(snapshot.headers), ("Content-Length", str(len(body)))]
    head = _http_head(snapshot.status, headers)
    about = {
        "WARC-Record-ID": _record_id(snapshot, "response"),
        "WARC-Date": _date(snapshot.captured_at),
        "WARC-Target-URI": _uri(snapshot),
        "WARC-Payload-Digest": _digest(body),
        "Content-Type": "application/http; msgtype=response",
    }
    if same is None or not body:
        yield _record({"WARC-Type": "response", **about}, head + body)
        return
    first = {
        "WARC-Profile": _REVISIT,
        "WARC-Refers-To": _record_id(same, "response"),
        "WARC-Refers-To-Target-URI": _uri(same),
        "WARC-Refers-To-Date": _date(same.captured_at),
    }
    yield _record({"WARC-Type": "revisit", **about, **first}, head)


def _conversion(snapshot: Snapshot, body: bytes, received: Snapshot | None) -> bytes:
    """Return the record of what a browser made of an answer: no server sent it."""
    about = {
        "WARC-Type": "conversion",
        "WARC-Record-ID": _record_id(snapshot, "conversion"),
        "WARC-Date": _date(snapshot.captured_at),
        "WARC-Target-URI": _uri(snapshot),
        "WARC-Payload-Digest": _digest(body),
        "Content-Type": "text/html; charset=utf-8",
    }
    if received is not None:
        about["WARC-Refers-To"] = _record_id(received, "response")
    return _record(about, body)


def _hop(snapshot: Snapshot, place: int, hop: Mapping[str, Any]) -> bytes:
    location = _safe_uri(str(hop.get("location") or snapshot.final_url))
    about = {
        "WARC-Type": "response",
        "WARC-Record-ID": _record_id(snapshot, f"hop {place}"),
        "WARC-Date": _date(snapshot.captured_at),
        "WARC-Target-URI": _safe_uri(str(hop["url"])),
        "WARC-Payload-Digest": _digest(b""),
        "Content-Type": "application/http; msgtype=response",
    }
    return _record(about, _http_head(int(hop["status"]), [("Location", location), ("Content-Length", "0")]))


def _warcinfo(first: Snapshot) -> bytes:
    """Return the record that opens the file, dated as what follows it: the time of writing changes no byte."""
    told = f"software: tracker {__version__}\r\nformat: WARC File Format 1.1\r\n"
    about = {
        "WARC-Type": "warcinfo",
        "WARC-Record-ID": _record_id(first, "warcinfo"),
        "WARC-Date": _date(first.captured_at),
        "Content-Type": "application/warc-fields",
    }
    return _record(about, told.encode("ascii"))


def _record(about: Mapping[str, str], block: bytes) -> bytes:
    fields = {**about, "WARC-Block-Digest": _digest(block), "Content-Length": str(len(block))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    plain = b"WARC/1.1\r\n" + head.encode("utf-8", "replace") + b"\r\n" + block + b"\r\n\r\n"
    return gzip.compress(plain, _LEVEL, mtime=0)


def _http_head(status: int, headers: Sequence[tuple[str, str]]) -> bytes:
    known = {one.value: one.phrase for one in HTTPStatus}
    lines = [f"HTTP/1.1 {status} {known.get(status, 'Unknown')}", *(f"{name}: {value}" for name, value in headers)]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("utf-8", "replace")


def _replayable(headers: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield headers that fit the body as it is stored; none of them ends its line early."""
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            continue
        yield (f"{_ORIGINAL}{name}" if name.lower() in _CODED else name), one_line(value)


def _uri(snapshot: Snapshot) -> str:
    return _safe_uri(snapshot.final_url or snapshot.url)


def _safe_uri(url: str) -> str:
    """Return an address in which nothing ends a line; what no address holds is percent-encoded."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")


def _record_id(snapshot: Snapshot, what: str) -> str:
    return f"<{uuid5(NAMESPACE_URL, f'tracker:{snapshot.chain_hash}:{what}').urn}>"


def _date(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _digest(data: bytes) -> str:
    # SHA-1 as replay tools index it; what proves a capture is its SHA-256 in the store's chain.
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode("ascii")
