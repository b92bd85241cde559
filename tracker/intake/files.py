"""Saved pages as captures: when each was taken is said by the user, by the page itself, or by its name."""

import mimetypes
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

from tracker.errors import UsageError
from tracker.fetch.model import Page
from tracker.intake.model import Described, Item, Unreadable, plain_ident
from tracker.intake.stamps import stamp_in_name, stamp_of_page


class SavedPages:
    """Files of pages, each one capture.

    Args:
        paths: of the files.
        day: when they were taken, instead of what page and name say.
        describe: returns the document that a name is of.
        limit: bytes of one page.

    Raises:
        UsageError: a name gives no id, or a file is not there.

    """

    unit = "files"
    grouped = False

    def __init__(
        self, paths: Sequence[Path], day: date | None, describe: Callable[[str], Described], limit: int
    ) -> None:
        self._limit, self._day = limit, day
        self._named = [(path, describe(name_of(path))) for path in paths]
        for path in paths:
            if not path.is_file():
                raise UsageError(f"{path}: no such file")
        self.total: int | None = len(self._named)
        self.notes: list[str] = []
        self.broken = 0
        self._position = 0

    @property
    def position(self) -> int:
        """Return how many files were yielded."""
        return self._position

    def items(self) -> Iterator[Item]:
        """Yield the pages in the order of their times as far as their names tell them.

        Raises:
            UsageError: nothing says when a page was taken.

        """
        first = datetime(1, 1, 1, tzinfo=UTC)
        for path, document in sorted(self._named, key=lambda one: (stamp_in_name(one[0].stem)[0] or first, one[0])):
            self._position += 1
            with path.open("rb") as file:
                body = file.read(self._limit + 1)
            moment = self._moment(path, body)
            yield Item(document, moment, document.url, str(path), self._page(path, body, moment, document.url))

    def _moment(self, path: Path, body: bytes) -> datetime:
        if self._day is not None:
            return datetime.combine(self._day, time(), UTC)
        moment = stamp_of_page(body) or stamp_in_name(path.stem)[0]
        if moment is None:
            raise UsageError(
                f"{path}: neither the page nor its name says when it was taken; add --date YYYY-MM-DD, or name it "
                "like acme-20200131.html"
            )
        return moment

    def _page(self, path: Path, body: bytes, moment: datetime, url: str) -> Callable[[], Page]:
        def read() -> Page:
            if len(body) > self._limit:
                raise Unreadable(f"more than the {self._limit:,} bytes that are read")
            media_type = mimetypes.guess_type(path.name)[0] or "text/html"
            return Page(url, url, 200, (("Content-Type", media_type),), body, moment)

        return read


def name_of(path: Path) -> str:
    """Return what a file's name calls the document: the name without a time in it, or that of its folder.

    Raises:
        UsageError: neither has a letter or digit that can stand in an id.

    """
    for told in (stamp_in_name(path.stem)[1], path.resolve().parent.name):
        name = plain_ident(told)
        if name:
            return name
    raise UsageError(f"{path}: the name gives no id; add --source ID")
