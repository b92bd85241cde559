"""What a fetcher and an archive are asked for and what they give back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One page to fetch live."""

    url: str
    language: str | None = None  #: sent as Accept-Language
    etag: str | None = None
    last_modified: str | None = None
    validated_url: str | None = None  #: where those two came from in the end; None: from `url` itself
    obey_robots: bool = True
    part: "PartRequest | None" = None  #: set where a page that is being rendered asks; None for a document


@dataclass(frozen=True, slots=True)
class PartRequest:
    """What else is to be known of the request of a page that is being rendered: any type of answer will do."""

    headers: tuple[tuple[str, str], ...] = ()  #: sent as they are
    body: bytes | None = None  #: posted where given; redirects are not followed then
    seconds: float = 30  #: that the request may take in all
    #: how many of the bytes it may bring
    max_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed."""

    status: int
    url: str  #: the address that answered
    location: str  #: where it pointed, absolute


@dataclass(frozen=True, slots=True)
class Page:
    """A page as received, live or from an archive. Headers keep their order and repetitions."""

    url: str  #: as asked for
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes  #: content decoded (gzip, br ...), charset untouched; empty when `not_modified`
    captured_at: datetime  #: of a live fetch when the answer came, of a memento its Memento-Datetime
    redirects: tuple[Hop, ...] = ()
    not_modified: bool = False
    archive: str | None = None  #: the archive's name; None for live
    replay_url: str | None = None  #: where the archive plays it
    rendered_by: str = ""  #: the browser whose tree of the page the body is; empty for a page as received

    def header(self, name: str) -> str | None:
        """Return the first header of this name, in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def media_type(self) -> str:
        """Return the media type without parameters, lower case; empty when none was sent."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()


class Renderer(Protocol):
    """Shows pages as a browser does, after their scripts ran."""

    def render(self, page: Page, request: FetchRequest) -> Page:
        """Return the page as it looks once its scripts have run; nothing but what is given is loaded for `page` itself.

        Args:
            page: as received.
            request: by which it was fetched; its language and whether robots.txt is obeyed hold for all of the page.

        Raises:
            FetchError: `browser` where there is none or it broke, `timeout`, `too_large`.

        """
        ...


class Fetcher(Protocol):
    """Gets live pages, politely and safely."""

    def fetch(self, request: FetchRequest) -> Page:
        """Return the page.

        Raises:
            FetchError: with the kind of failure.

        """
        ...


@dataclass(frozen=True, slots=True)
class Capture:
    """One line of an archive's index (CDX), normalised."""

    archive: str
    url: str  #: the original address, default port dropped
    timestamp: str  #: 14 digits, UTC
    digest: str  #: as the archive states it; equal digests are equal bodies, different ones prove nothing
    status: int | None = None  #: None for revisits and where the index does not say
    media_type: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True)
class ArchiveConfig:
    """A web archive to ask."""

    name: str
    dialect: str  #: "ia" or "pywb"
    cdx: str  #: address of its CDX server
    replay: str  #: address that timestamp and original address are appended to
    delay: float | None = None  #: seconds between two requests; None takes the dialect's default


class Archive(Protocol):
    """A web archive: an index of captures and their replay."""

    name: str

    def captures(self, url: str, since: datetime | None = None, until: datetime | None = None) -> Iterator[Capture]:
        """Yield the captures of exactly this address in time order, each once.

        Raises:
            ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded.

        """
        ...

    def addresses(self, host: str, stems: Sequence[str]) -> list[str]:
        """Return addresses of a host that were archived and hold one of these stems, each page once, in no order.

        The list may be cut short.

        Raises:
            ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded.

        """
        ...

    def memento(self, capture: Capture) -> Page:
        """Return one capture as archived, archived redirects resolved inside the archive.

        `captured_at` is what the archive's Memento-Datetime says; the page may be an archived error page.

        Raises:
            NotPlayable, CaptureExcluded, ArchiveRateLimited, ArchiveUnavailable.

        """
        ...
