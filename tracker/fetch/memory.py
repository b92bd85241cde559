"""The in-memory twin of the live fetcher: a scripted world of pages for tests and for users' own tests."""

from collections import deque

from tracker.clock import Clock
from tracker.errors import FetchError
from tracker.fetch.model import FetchRequest, Page
from tracker.words import FailureKind


class InMemoryFetcher:
    """Answers from a script: per address what is there now, or a queue of answers to give in turn."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pages: dict[str, tuple[bytes, str, str | None]] = {}
        self._queues: dict[str, deque[bytes | FetchError]] = {}
        #: every request, in order
        self.requests: list[FetchRequest] = []

    def serve(self, url: str, body: bytes | str, *, media_type: str = "text/html", etag: str | None = None) -> None:
        """Let an address answer with this body from now on."""
        data = body.encode() if isinstance(body, str) else body
        self._pages[url] = (data, f"{media_type}; charset=utf-8", etag)

    def queue(self, url: str, *answers: bytes | str | FetchError) -> None:
        """Let an address give these answers in turn before what it serves."""
        line = self._queues.setdefault(url, deque())
        line.extend(answer.encode() if isinstance(answer, str) else answer for answer in answers)

    def fetch(self, request: FetchRequest) -> Page:
        """Return what the script says.

        Raises:
            FetchError: as scripted; client_error for an address without a page.

        """
        self.requests.append(request)
        body, content_type, etag = self._pages.get(request.url, (None, "text/html; charset=utf-8", None))
        if self._queues.get(request.url):
            answer = self._queues[request.url].popleft()
            if isinstance(answer, FetchError):
                raise answer
            body, etag = answer, None
        if body is None:
            raise FetchError(FailureKind.CLIENT_ERROR, "HTTP 404", status=404)
        headers = [("Content-Type", content_type), *([("ETag", etag)] if etag else [])]
        same = etag is not None and request.etag == etag
        return Page(
            url=request.url,
            final_url=request.url,
            status=304 if same else 200,
            headers=tuple(headers),
            body=b"" if same else body,
            captured_at=self._clock.now(),
            not_modified=same,
        )
