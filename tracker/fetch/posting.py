"""Sends something to an address of the settings and reads the answer: the rules, limits and deadline of a fetch."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.fetch.stream import read_body
from tracker.fetch.transport import Transport, checked_address, failure_of
from tracker.fetch.watch import Watch
from tracker.settings import Settings


@dataclass(frozen=True, slots=True)
class Posted:
    """What was answered."""

    status: int
    headers: Mapping[str, str]  #: names in any case
    body: bytes


class Poster:
    """Sends requests and reads their answers whole. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._transport = Transport(settings, guarded=not settings.allow_private_addresses, retry=False)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, most: int) -> Posted:
        """Return the answer to one POST of at most `most` bytes; redirects are not followed.

        Raises:
            FetchError: with the kind of failure; what was sent may have arrived all the same.

        """
        return self._ask(url, headers, most, body)

    def get(self, url: str, headers: Mapping[str, str], *, most: int) -> Posted:
        """Return the answer to one GET, as `post` does."""
        return self._ask(url, headers, most, None)

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def _ask(self, url: str, headers: Mapping[str, str], most: int, body: bytes | None) -> Posted:
        checked_address(url)
        with Watch(self._settings.fetch_deadline) as watch:
            sent = self._transport.get(url, headers, watch) if body is None else None
            with sent or self._transport.post(url, headers, watch, body or b"") as answer:
                try:
                    found = Posted(answer.status_code, answer.headers, read_body(answer, most))
                except Exception as error:
                    raise failure_of(error, watch) from error
                if watch.expired:
                    # A connection shut at the deadline looks like one that ended.
                    raise failure_of(TimeoutError(), watch)
                return found
