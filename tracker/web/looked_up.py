"""What takes longer to count than an answer may: counted once, and kept for a while for all who ask."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from sqlmodel import Session

from tracker.store.database import Database
from tracker.store.work.operations import storage

T = TypeVar("T")

#: Seconds for which a count holds.
HOLD = 300.0


class LookedUp(Generic[T]):
    """Something about each store as last looked up. Safe to share between threads."""

    def __init__(self, look: Callable[[Session], T]) -> None:
        self._look = look
        self._lock = Lock()
        self._known: dict[str, tuple[float, T]] = {}

    def of(self, database: Database, session: Session) -> T:
        """Return it for the store that a session reads."""
        url = database.url.render_as_string()
        with self._lock:
            known = self._known.get(url)
            if known is None or monotonic() - known[0] > HOLD:
                known = self._known[url] = monotonic(), self._look(session)
            return known[1]


#: How much each store holds.
SIZES = LookedUp(storage)
