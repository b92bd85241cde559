"""A small archived world of an invented company, with everything that makes archives hard."""

import gzip
from datetime import UTC, datetime

from tests.support.archives import HTML, Record
from tracker.fetch.archive_memory import InMemoryArchive

PRIVACY = "https://acme.example/privacy"
MOVED = "https://acme.example/legal/privacy"


def at(year: int, month: int = 1, minute: int = 0) -> datetime:
    return datetime(year, month, 1, 0, minute, tzinfo=UTC)


def page(words: str) -> bytes:
    return f"<html><body><main><h1>Privacy at Acme</h1><p>{words}</p></main></body></html>".encode()


def leads(url: str) -> tuple[tuple[str, str], ...]:
    return (("Location", url), ("Content-Type", "text/html"))


RECORDS = (
    Record(PRIVACY, at(2015), page("We keep data for 30 days.")),
    Record(PRIVACY, at(2016), page("We keep data for 60 days.")),
    Record(PRIVACY, at(2016, 6), page("We keep data for 60 days."), revisit_of=at(2016)),
    Record(
        PRIVACY,
        at(2017),
        gzip.compress(page("We keep data for 90 days."), mtime=0),
        headers=(*HTML, ("Content-Encoding", "gzip")),
    ),
    Record(PRIVACY, at(2018), page("Down for repairs."), 503, (*HTML, ("Retry-After", "3600"))),
    Record(PRIVACY, at(2018, 6), page("Too many requests."), 429, (*HTML, ("Retry-After", "60"))),
    Record(PRIVACY, at(2019), b"", 301, leads(MOVED)),
    Record(MOVED, at(2019, minute=2), page("We sell nothing.")),
    Record("https://acme.example/relative", at(2019), b"", 302, leads("/legal/privacy")),
    Record("https://acme.example/far", at(2020), b"", 302, leads(MOVED)),
    Record("https://acme.example/loop", at(2020), b"", 302, leads("https://acme.example/pool")),
    Record("https://acme.example/pool", at(2020), b"", 302, leads("https://acme.example/loop")),
    Record("https://acme.example/away", at(2020), b"", 302, leads("http://169.254.169.254/latest/meta-data")),
)


def in_memory(name: str = "memory") -> InMemoryArchive:
    """Return the same world in memory."""
    archive = InMemoryArchive(name)
    for record in RECORDS:
        packed = record.body[:2] == b"\x1f\x8b"
        bodies = {(one.url, one.moment): one.body for one in RECORDS}
        body = bodies[record.url, record.revisit_of] if record.revisit_of else record.body
        archive.add(
            record.url,
            record.moment,
            gzip.decompress(body) if packed else body,
            status=record.status,
            headers=record.headers,
            revisit=record.revisit_of is not None,
        )
    return archive
