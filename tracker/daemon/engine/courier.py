"""Delivers for the embedded daemon: lanes go out side by side, and one whose destination hangs delays no other."""

import threading
from collections.abc import Sequence

import structlog

from tracker.alerts.outbox import Lane
from tracker.alerts.sender import Errand, Sender, SendReport
from tracker.daemon.engine.engine import PATIENCE, ThreadEngine
from tracker.sources.model import Route
from tracker.store.trouble import store_trouble

log = structlog.get_logger(__name__)

#: Destinations that answer, and as many again that do not, which are sent to side by side.
PLACES = 32


class Courier:
    """Begins what is due and waits for none of it: a destination may take minutes to answer, or never do.

    Each destination gets one message at a time. One that takes long gives its place to others and has, from then on,
    a place among those that were slow.
    """

    def __init__(self, sender: Sender, *, places: int = PLACES, patience: float = PATIENCE) -> None:
        """Make the courier.

        Args:
            sender: sends what is due in a lane.
            places: for destinations that answer, and as many for those that did not.
            patience: seconds after which a destination counts as slow.

        """
        self._sender = sender
        self._engine = ThreadEngine(self._carry_out, places, patience=patience, name="delivery")
        self._lock = threading.Lock()
        self._errands: dict[str, Errand] = {}
        self._trouble: Exception | None = None

    def send_due(self, routes: Sequence[Route]) -> SendReport:
        """Begin to send what is due in lanes of which nothing is under way; the report is empty.

        Raises:
            SQLAlchemyError: the store refused, now or since the last call.

        """
        with self._lock:
            trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble
        # What still waits goes by the routes as they are now; of a lane that is no more among these nothing is due.
        self._errands = {_ident(errand.lane): errand for errand in self._sender.errands(routes)}
        for ident, errand in self._errands.items():
            self._engine.enqueue(ident, errand.lane.destination)
        return SendReport()

    def drain(self, deadline: float) -> bool:
        """Begin nothing more, and wait up to so many seconds for what is under way; return whether all of it ended."""
        return self._engine.drain(deadline)

    def _carry_out(self, ident: str) -> None:
        errand = self._errands.get(ident)
        if errand is None:
            return
        try:
            self._sender.carry_out(errand)
        except Exception as error:
            if store_trouble(error) is None:
                raise
            # For the tick, which lets nothing begin while the store refuses.
            with self._lock:
                self._trouble = error


def _ident(lane: Lane) -> str:
    return f"{lane.destination} {lane.route}"
