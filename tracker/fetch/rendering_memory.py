"""The in-memory twin of the browser: pages look as a script says."""

from tracker.clock import Clock
from tracker.errors import FetchError
from tracker.fetch.model import FetchRequest, Page
from tracker.fetch.rendering import rendered_headers

_NAME = "Chromium 0"


class InMemoryRenderer:
    """Shows what it was told to show of an address; any other page looks as it came."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shown: dict[str, bytes | FetchError] = {}
        #: every page that was rendered, in order
        self.rendered: list[Page] = []

    def show(self, url: str, looks: str | FetchError) -> None:
        """Let the page of an address look like this from now on, or fail so."""
        self._shown[url] = looks if isinstance(looks, FetchError) else looks.encode()

    def render(self, page: Page, request: FetchRequest) -> Page:
        """Return the page as the script says it looks.

        Raises:
            FetchError: as scripted.

        """
        self.rendered.append(page)
        looks = self._shown.get(page.url, page.body)
        if isinstance(looks, FetchError):
            raise looks
        return Page(
            url=page.url,
            final_url=page.final_url,
            status=page.status,
            headers=rendered_headers(_NAME, page.body),
            body=looks,
            captured_at=self._clock.now(),
            rendered_by=_NAME,
        )
