"""Knows whether the store refuses: says so once, and lets nothing begin until it is proven to take writes again."""

import threading
from datetime import datetime

import structlog

from tracker.clock import Clock
from tracker.errors import StoreError
from tracker.store.database import Database
from tracker.store.trouble import prove_writable, remedy_for, store_trouble
from tracker.store.work.events import log_event

log = structlog.get_logger(__name__)


class StoreWatch:
    """The state of the store as the work on it shows it. Safe to share between threads.

    While the store refuses nothing may be fetched or sent: what a host or a destination was asked could not be kept,
    and would have to be asked again.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._proving = threading.Lock()
        self._refusal: str | None = None
        self._since: datetime | None = None
        #: what to do about it, in words that name neither address nor content; None while all is well
        self.remedy: str | None = None

    def note(self, error: BaseException) -> bool:
        """Take what went wrong; return whether it was the store that refused, and nothing else."""
        trouble = error if isinstance(error, StoreRefuses) else store_trouble(error)
        if trouble is None:
            return False
        with self._lock:
            news = self._refusal is None
            if news:
                self._refusal, self._since = str(trouble), self._clock.now()
                self.remedy = remedy_for(error)
        if news:
            log.error("the store refuses", reason=str(trouble))
        return True

    def require(self) -> None:
        """Return where the store is not known to refuse; otherwise try it, and note that it takes writes again.

        Raises:
            StoreRefuses: it still does, or another thread is trying it.
            DatabaseError: the same, in the database's words.

        """
        refusal = self._refusal
        if refusal is None:
            return
        if not self._proving.acquire(blocking=False):
            raise StoreRefuses(refusal)
        try:
            prove_writable(self._database)
            now = self._clock.now()
            with self._database.write() as session:
                log_event(session, now, None, "store_refused", f"since {self._since:%Y-%m-%d %H:%M:%S}; {refusal}")
            with self._lock:
                self._refusal = self._since = self.remedy = None
        finally:
            self._proving.release()
        log.info("the store takes writes again")


class StoreRefuses(StoreError):
    """The store was found to refuse a moment ago; it is being tried."""
