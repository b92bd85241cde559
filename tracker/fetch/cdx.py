"""Reads the answers of CDX servers: the Internet Archive's array of arrays and pywb's lines of JSON."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tracker.counting import counted
from tracker.errors import ArchiveUnavailable
from tracker.fetch.model import Capture
from tracker.hosts import host_of
from tracker.moments import moment_of

#: `urlkey` stays in the list although it is not used: without it the Internet Archive's resume keys jump.
IA_FIELDS = "urlkey,timestamp,original,mimetype,statuscode,digest,length"

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_WWW = re.compile(r"^www\d*\.")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One answer of a CDX server."""

    captures: tuple[Capture, ...]  #: as listed, repetitions included
    rows: int  #: rows the server sent, unusable ones included
    skipped: int = 0  #: rows that could not be read or were of another host
    resume_key: str | None = None  #: to be percent-encoded once more when it is sent back
    last: str | None = None  #: the latest timestamp of any row, even of one that was left out


def parse_ia(text: str, archive: str, url: str) -> IndexPage:
    """Return what an index in the Internet Archive's dialect (`output=json`) says.

    Args:
        text: the body of the answer; empty and `[]` mean no captures.
        archive: the archive's name.
        url: the address that was asked for; rows of other hosts are left out.

    Raises:
        ArchiveUnavailable: the text is no such index, for instance an error page in HTML.

    """
    if not text.strip():
        return IndexPage((), 0)
    table = _json(text, archive)
    if not isinstance(table, list) or not all(isinstance(row, list) for row in table):
        raise ArchiveUnavailable(f"{archive}: the index answered with JSON that is no table")
    resume_key = None
    if len(table) > 1 and table[-2] == [] and len(table[-1]) == 1:
        if isinstance(table[-1][0], str) and table[-1][0]:
            resume_key = table[-1][0]
        table = table[:-2]
    if not table or table == [[]]:
        return IndexPage((), 0, resume_key=resume_key)
    header = [name if isinstance(name, str) else "" for name in table[0]]
    if not {"timestamp", "original"} <= set(header):
        raise ArchiveUnavailable(f"{archive}: the index answered with a table without its usual header")
    rows = (dict(zip(header, row, strict=True)) if len(row) == len(header) else {} for row in table[1:])
    return _page(rows, archive, url, ("original", "mimetype", "statuscode"), resume_key)


def parse_pywb(text: str, archive: str, url: str) -> IndexPage:
    """Return what an index in pywb's dialect (one JSON object a line) says; arguments and errors as in `parse_ia`."""
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and not lines[0].lstrip().startswith("{"):
        raise ArchiveUnavailable(f"{archive}: the index answered with something else than JSON")
    return _page((_object(line) for line in lines), archive, url, ("url", "mime", "status"), None)


def normal_timestamp(value: object) -> str | None:
    """Return 14 digits that name a real time, or None.

    Month or day `00` occur in old indexes; the archives themselves drop the `00` and pad at the end.
    """
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{14}", value):
        return None
    for start in (4, 6):
        if value[start : start + 2] == "00":
            value = value[:start] + value[start + 2 :] + "00"
    return value if moment_of(value) else None


def normal_url(value: object) -> str | None:
    """Return an http or https address with its default port dropped, or None where it is no such address."""
    if not isinstance(value, str) or _UNPRINTABLE.search(value):
        return None
    try:
        parts = urlsplit(value)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or (parts.port is not None and parts.port < 1):
            return None
    except ValueError:
        return None
    return parts._replace(netloc=parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme])).geturl()


def distinct_addresses(urls: Iterable[str]) -> list[str]:
    """Return each page once, the last of its addresses; scheme, `www.`, case and a last slash count for nothing."""
    found: dict[tuple[str, str, str], str] = {}
    for url in urls:
        parts = urlsplit(url)
        found[_site(url), parts.path.rstrip("/").lower(), parts.query] = url
    return list(found.values())


def same_site(one: str, other: str) -> bool:
    """Return whether two addresses name one host as archives see it: `www.`, scheme and case count for nothing."""
    return _site(one) == _site(other)


def _site(url: str) -> str:
    return _WWW.sub("", host_of(url)).rstrip(".")


def _json(text: str, archive: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArchiveUnavailable(f"{archive}: the index answered with something else than JSON") from error


def _object(line: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _page(
    rows: Iterator[Mapping[str, Any]], archive: str, url: str, names: tuple[str, str, str], resume_key: str | None
) -> IndexPage:
    captures, count, skipped, last = [], 0, 0, None
    for row in rows:
        count += 1
        timestamp = normal_timestamp(row.get("timestamp"))
        if timestamp and (last is None or timestamp > last):
            last = timestamp
        if str(row.get("is_fuzzy", "")).lower() not in {"", "0", "false"}:
            continue  # pywb's guess at a similar address, not this one
        capture = _capture(row, archive, timestamp, names)
        if capture is None or not same_site(capture.url, url):
            skipped += 1
        else:
            captures.append(capture)
    if count and last is None:
        raise ArchiveUnavailable(f"{archive}: not one of {counted(count, 'row')} of the index can be read")
    return IndexPage(tuple(captures), count, skipped, resume_key, last)


def _capture(
    row: Mapping[str, Any], archive: str, timestamp: str | None, names: tuple[str, str, str]
) -> Capture | None:
    original, media_type, status = (row.get(name) for name in names)
    url = normal_url(original)
    if timestamp is None or url is None:
        return None
    return Capture(
        archive=archive,
        url=url,
        timestamp=timestamp,
        digest=_text(row.get("digest")),
        status=_number(status, 100, 599),
        media_type=_text(media_type).lower(),
        length=_number(row.get("length"), 0, 2**53),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) and value != "-" else ""


def _number(value: object, low: int, high: int) -> int | None:
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,16}", text):
        return None
    return int(text) if low <= int(text) <= high else None
