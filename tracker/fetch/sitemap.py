"""Reads sitemaps (sitemaps.org, XML or plain text, gzip or not) and the lines of robots.txt that name them."""

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from gzip import GzipFile
from io import BytesIO

from lxml import etree

from tracker.fetch.cdx import normal_url

#: Addresses taken from one sitemap; the protocol allows 50,000.
MOST_ADDRESSES = 50_000
#: Bytes that a packed one is unpacked to at most: what the protocol allows.
MOST_BYTES = 50_000_000
#: Elements read of one, so that a small file of empty elements costs no more than a full one.
_MOST_ELEMENTS = 500_000

_GZIP = b"\x1f\x8b"
_PIECE = 64 * 1024
_ROBOTS_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists: pages, or further sitemaps."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(body: bytes) -> Sitemap:
    """Return what a sitemap lists, as far as it can be read; hostile files cost bounded time and memory."""
    if body.startswith(_GZIP):
        body = _unpacked(body)
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = body.decode("utf-8-sig", "replace").splitlines()[:MOST_ADDRESSES]
        return Sitemap(tuple(url for url in map(normal_url, map(str.strip, lines)) if url))
    pages: list[str] = []
    sitemaps: list[str] = []
    for parent, text in _locations(body):
        url = normal_url(text.strip())
        if url is not None:
            (sitemaps if parent == "sitemap" else pages).append(url)
        if len(pages) + len(sitemaps) >= MOST_ADDRESSES:
            break
    return Sitemap(tuple(pages), tuple(sitemaps))


def _unpacked(body: bytes) -> bytes:
    """Return what gzip packed, of one or more members, as far as it can be read and is allowed."""
    parts: list[bytes] = []
    left = MOST_BYTES
    # What came before the damage is good.
    with suppress(OSError, EOFError, zlib.error), GzipFile(fileobj=BytesIO(body)) as file:
        while left > 0 and (part := file.read1(min(left, _PIECE))):
            parts.append(part)
            left -= len(part)
    return b"".join(parts)


def _locations(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the text of each `loc` with the name of the element it stands in."""
    events = etree.iterparse(
        BytesIO(body),
        events=("end",),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for count, (_, element) in enumerate(events):
            if count > _MOST_ELEMENTS:
                return
            parent = element.getparent()
            if _name(element) == "loc" and parent is not None:
                yield _name(parent), element.text or ""
            elif _name(element) in {"url", "sitemap"}:
                # What was read is let go, so that memory does not grow with the file.
                element.clear()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]
    except etree.LxmlError:
        return  # what was read up to the damage is good


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def sitemaps_named(robots: str) -> list[str]:
    """Return the sitemaps that a robots.txt names, in its order, each once."""
    found = (normal_url(url) for url in _ROBOTS_LINE.findall(robots[:500_000]))
    return list(dict.fromkeys(url for url in found if url))
