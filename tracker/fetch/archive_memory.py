"""An archive in memory: the twin of `WebArchive` for tests and demonstrations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import urljoin, urlsplit

from tracker.errors import ArchiveError, CaptureExcluded, NotPlayable
from tracker.fetch.archive import DRIFT
from tracker.fetch.cdx import distinct_addresses, normal_url, same_site
from tracker.fetch.memento import REDIRECTS
from tracker.fetch.model import Capture, Hop, Page
from tracker.moments import moment_of, timestamp_of


@dataclass(frozen=True, slots=True)
class _Archived:
    capture: Capture
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(slots=True)
class InMemoryArchive:
    """Holds what `add` put in. Failures are scripted with `fail`."""

    name: str = "memory"
    max_redirects: int = 10
    #: timestamps of the captures that were played, in order
    played: list[str] = field(default_factory=list)
    _held: list[_Archived] = field(default_factory=list)
    _excluded: list[str] = field(default_factory=list)
    _failures: list[ArchiveError] = field(default_factory=list)

    def add(
        self,
        url: str,
        moment: datetime,
        body: bytes,
        *,
        status: int = 200,
        headers: Sequence[tuple[str, str]] = (("Content-Type", "text/html; charset=utf-8"),),
        revisit: bool = False,
    ) -> Capture:
        """Archive a page as it was at a time and return its line in the index; a revisit plays `body` too."""
        page_type = next((value for key, value in headers if key.lower() == "content-type"), "")
        capture = Capture(
            archive=self.name,
            url=normal_url(url) or url,
            timestamp=timestamp_of(moment),
            digest=sha256(body).hexdigest()[:32].upper(),
            status=None if revisit else status,
            media_type="warc/revisit" if revisit else page_type.partition(";")[0].strip().lower(),
            length=len(body),
        )
        self._held.append(_Archived(capture, status, tuple(headers), body))
        return capture

    def exclude(self, url: str) -> None:
        """Let the archive refuse to show an address."""
        self._excluded.append(url)

    def fail(self, *errors: ArchiveError) -> None:
        """Let the next requests fail so, one each."""
        self._failures.extend(errors)

    def captures(self, url: str, since: datetime | None = None, until: datetime | None = None) -> Iterator[Capture]:
        """Yield the captures of an address in time order, each once."""
        self._answer(url)
        first = timestamp_of(since) if since else ""
        last = timestamp_of(until) if until else "9" * 14
        found = {held.capture for held in self._held if _same_address(held.capture.url, url)}
        for capture in sorted(found, key=lambda one: (one.timestamp, one.url, one.digest)):
            if first <= capture.timestamp <= last:
                yield capture

    def addresses(self, host: str, stems: Sequence[str]) -> list[str]:
        """Return addresses of a host that hold one of these stems, each page once."""
        self._answer(f"https://{host}/")
        held = (one.capture.url for one in self._held if same_site(one.capture.url, f"https://{host}/"))
        return distinct_addresses(url for url in held if any(stem in url.lower() for stem in stems))

    def memento(self, capture: Capture) -> Page:
        """Return one capture, archived redirects resolved as a real archive does."""
        self._answer(capture.url)
        wanted = moment_of(capture.timestamp)
        if wanted is None:
            raise NotPlayable(f"{self.name}: {capture.timestamp!r} is no time")
        hops: list[Hop] = []
        url = capture.url
        while len(hops) <= self.max_redirects:
            found = self._nearest(url, wanted)
            played = moment_of(found.capture.timestamp) if found else None
            if found is None or played is None:
                raise NotPlayable(f"{self.name}: {url} is not archived")
            if played != wanted and (not hops or abs(played - wanted) > DRIFT):
                raise NotPlayable(f"{self.name}: asked {capture.timestamp}, archive played {found.capture.timestamp}")
            location = next((value for key, value in found.headers if key.lower() == "location"), None)
            if found.status not in REDIRECTS or not location:
                self.played.append(found.capture.timestamp)
                return Page(
                    url=capture.url,
                    final_url=url,
                    status=found.status,
                    headers=found.headers,
                    body=found.body,
                    captured_at=played,
                    redirects=tuple(hops),
                    archive=self.name,
                    replay_url=f"memory:{found.capture.timestamp}/{url}",
                )
            hops.append(Hop(found.status, url, urljoin(url, location)))
            url = urljoin(url, location)
        raise NotPlayable(f"{self.name}: the archived redirects of {capture.url} run in a circle")

    def _answer(self, url: str) -> None:
        if self._failures:
            raise self._failures.pop(0)
        if any(_same_address(url, excluded) for excluded in self._excluded):
            raise CaptureExcluded(f"{self.name} may not show {url}")

    def _nearest(self, url: str, wanted: datetime) -> _Archived | None:
        held = [one for one in self._held if _same_address(one.capture.url, url)]
        return min(held, key=lambda one: abs((moment_of(one.capture.timestamp) or wanted) - wanted), default=None)


def _same_address(one: str, other: str) -> bool:
    return same_site(one, other) and _path(one) == _path(other)


def _path(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.path.rstrip("/").lower(), parts.query.lower()
