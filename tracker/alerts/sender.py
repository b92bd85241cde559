"""Sends what the outbox holds and is due, lane by lane; who drives it decides which lanes go side by side."""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from tracker.alerts.choosing import Bundle
from tracker.alerts.destinations import Destination, destinations
from tracker.alerts.message import Message, alert_message, confirm_message, digest_of, shared
from tracker.alerts.notices import notice_message
from tracker.alerts.notifier import Notifier
from tracker.alerts.outbox import Lane, Parcel, claim, due_lanes, hold_lane, mark_failed, mark_sent
from tracker.alerts.render import Rendered, render
from tracker.alerts.render.templates import templates_in
from tracker.alerts.subscriptions import SUBSCRIPTION, note_refusal, routes_of, subscription_of
from tracker.clock import Clock
from tracker.errors import DeliveryError
from tracker.metrics import DELIVERIES
from tracker.settings import Settings
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.schema.tables import Change, Notice
from tracker.store.trouble import store_trouble
from tracker.store.work.events import log_event
from tracker.store.work.threads import keep_thread, thread_handle

log = structlog.get_logger(__name__)

#: Lanes of one round side by side.
THREADS = 8

#: Messages that leave a lane in one go.
LANE_LIMIT = 10

#: How long a lane begins further messages in one go, so that a slow one does not hold its place for ever.
ROUND = timedelta(seconds=10)

#: Titles of what goes out together although it is no digest.
_SUMMARIES = {Bundle.LIMIT: "Held back by the rate limit", Bundle.QUIET: "From the quiet hours"}


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A message that a destination has, as the store is to know it."""

    parcel: Parcel
    destination: str
    thread: str  #: name of its thread, "" where it is in none
    handle: str | None  #: what the destination calls the thread
    subscription: bool


@dataclass(frozen=True, slots=True)
class Errand:
    """A lane that holds something to be sent, and where it leads."""

    lane: Lane
    destination: Destination | None = None  #: None where no route leads there any more
    rules: Route | None = None  #: the route whose quiet hours and limits hold, if any does


@dataclass(frozen=True, slots=True)
class SendReport:
    """What a round did; each number counts deliveries."""

    sent: int = 0
    failed: int = 0  #: to be tried again
    dead: int = 0

    def __add__(self, other: "SendReport") -> "SendReport":
        return SendReport(self.sent + other.sent, self.failed + other.failed, self.dead + other.dead)


class Sender:
    """Empties the outbox. Several may run on one store, in threads, processes or on machines."""

    def __init__(self, database: Database, notifier: Notifier, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._notifier = notifier
        self._settings = settings
        self._clock = clock
        self._templates = templates_in(settings.templates)
        self._unmarked: deque[_Accepted] = deque()  # accepted while the store refused to hear of it
        self._marking = threading.Lock()

    def send_due(self, routes: Sequence[Route]) -> SendReport:
        """Send what is due, wait for the end of it and report; `routes` are those of the sources file as it is now.

        Each route and destination is a lane of its own. A lane ends with its first failure, and after its first message
        once it took the time of a round: what is left in it is tried the next time.
        """
        errands = self.errands(routes)
        if not errands:
            return SendReport()
        with ThreadPoolExecutor(min(THREADS, len(errands)), thread_name_prefix="send") as pool:
            return sum(pool.map(self.carry_out, errands), SendReport())

    def drain(self, deadline: float) -> bool:
        """Return True: nothing outlives a call."""
        return True

    def errands(self, routes: Sequence[Route]) -> list[Errand]:
        """Return the lanes that hold something to be sent now; to `routes` subscriptions are added.

        What was accepted while the store refused is marked first, lest it be sent again.
        """
        self._mark_accepted()
        with self._database.read() as session:
            lanes = due_lanes(session, self._clock.now())
            subscribed = routes_of(session, self._settings, asked=True) if lanes else ()
        known = lanes_of((*routes, *subscribed))
        return [Errand(lane, *known.get(lane, (None, None))) for lane in lanes]

    def errand(self, lane: Lane, routes: Sequence[Route]) -> Errand:
        """Return one lane with where it leads; otherwise as `errands`."""
        self._mark_accepted()
        with self._database.read() as session:
            subscribed = routes_of(session, self._settings, asked=True, name=lane.route)
        return Errand(lane, *lanes_of((*routes, *subscribed)).get(lane, (None, None)))

    def carry_out(self, errand: Errand) -> SendReport:
        """Send what is due in a lane. Only one may be under way in a lane, or its messages change their order."""
        report = self._send_lane(errand)
        self._tell_of_templates()
        return report

    def _mark_accepted(self) -> None:
        with self._marking:
            while self._unmarked:
                self._mark(self._unmarked.popleft())

    def _tell_of_templates(self) -> None:
        """Let the operator know of templates that broke; the messages went out by the built-in ones."""
        troubles = self._templates.troubles()
        if troubles:
            with self._database.write() as session:
                for trouble in troubles:
                    log_event(session, self._clock.now(), None, "template_broken", trouble)

    def _send_lane(self, errand: Errand) -> SendReport:
        lane, destination = errand.lane, errand.destination
        ends = self._clock.now() + ROUND
        report = SendReport()
        for number in range(LANE_LIMIT):
            if number and self._clock.now() >= ends:
                break
            with self._database.write() as session:
                parcel = claim(session, lane, self._clock.now(), errand.rules, self._settings)
            if parcel is None:
                break
            try:
                done = self._send(parcel, destination)
            except Exception as error:
                if store_trouble(error) is not None:
                    raise
                # A fault of ours with this one message; the lease runs out, and the attempt counts.
                log.exception("delivery broke", route=lane.route, delivery=parcel.ids)
                done = self._failed(parcel, "the message could not be made; see the log")
            report += done
            if done.failed:
                break
        return report

    def _send(self, parcel: Parcel, destination: Destination | None) -> SendReport:
        if destination is None:
            reason = "the sources file no longer has this route, enabled, with this destination"
            return self._failed(parcel, reason, for_good=True)
        message = self._message(parcel)
        try:
            rendered = render(
                message,
                destination.channel,
                parcel.key,
                route=parcel.deliveries[0].route,
                unsubscribe=destination.unsubscribe,
                templates=self._templates,
            )
            handle = self._notifier.send(destination, rendered, parcel.key, thread=self._thread(destination, rendered))
        except DeliveryError as error:
            bounced = error.no_such_address and bool(destination.unsubscribe)
            return self._failed(parcel, str(error), for_good=error.for_good, wait=error.retry_after, bounced=bounced)
        subscribed = bool(destination.unsubscribe)
        self._mark(_Accepted(parcel, destination.digest, rendered.thread, handle, subscribed))
        DELIVERIES.labels("sent").inc()
        log.info("delivered", route=parcel.deliveries[0].route, to=destination.label, changes=len(parcel.deliveries))
        return SendReport(sent=len(parcel.deliveries))

    def _mark(self, accepted: _Accepted) -> None:
        try:
            with self._database.write() as session:
                # Before the delivery, in the order in which whoever ends a subscription takes them.
                row = subscription_of(session, accepted.parcel.lane.route) if accepted.subscription else None
                if row is not None and row.refusals:
                    row.refusals = 0
                mark_sent(session, accepted.parcel, self._clock.now())
                if accepted.handle is not None and accepted.thread:
                    keep_thread(session, accepted.destination, accepted.thread, accepted.handle)
        except SQLAlchemyError:
            self._unmarked.append(accepted)
            raise

    def _thread(self, destination: Destination, rendered: Rendered) -> str | None:
        if not rendered.thread:
            return None
        with self._database.read() as session:
            return thread_handle(session, destination.digest, rendered.thread)

    def _failed(
        self,
        parcel: Parcel,
        reason: str,
        *,
        for_good: bool = False,
        wait: float | None = None,
        bounced: bool = False,
    ) -> SendReport:
        DELIVERIES.labels("failed").inc()
        with self._database.write() as session:
            now = self._clock.now()
            row = subscription_of(session, parcel.lane.route) if bounced else None
            dead = mark_failed(session, parcel, reason, now, self._settings, for_good=for_good, wait=wait)
            if wait is not None:
                hold_lane(session, parcel.lane, now + timedelta(seconds=wait))
            if row is not None:
                note_refusal(session, row, now)
        first = parcel.deliveries[0]
        log.warning("not delivered", route=first.route, to=first.label, reason=reason, dead=dead)
        count = len(parcel.deliveries)
        return SendReport(dead=count) if dead else SendReport(failed=count)

    def _message(self, parcel: Parcel) -> Message:
        change_ids = [one.change_id for one in parcel.deliveries if one.change_id is not None]
        notice_ids = [one.notice_id for one in parcel.deliveries if one.notice_id is not None]
        with self._database.read() as session:
            changes = [session.get(Change, ident) for ident in change_ids]
            messages = [alert_message(session, change, self._settings) for change in changes if change is not None]
            told = [session.get(Notice, ident) for ident in notice_ids]
            for notice in told:
                if notice is not None and notice.kind == SUBSCRIPTION:
                    return confirm_message(session, notice, self._settings)
            notices = [notice_message(session, notice, self._settings) for notice in told if notice is not None]
        digest = parcel.deliveries[0].digest
        if digest:
            return digest_of(f"{digest.capitalize()} digest", messages, notices)
        if parcel.bundle in _SUMMARIES:
            return digest_of(_SUMMARIES[parcel.bundle], messages, notices)
        return shared(messages) if messages else notices[0]


def lanes_of(routes: Sequence[Route]) -> dict[Lane, tuple[Destination, Route | None]]:
    """Return where each lane leads, and the route whose quiet hours and limits hold in it: none for an escalation."""
    found: dict[Lane, tuple[Destination, Route | None]] = {}
    for route in routes:
        if not route.enabled:
            continue
        urls = route.escalation.urls if route.escalation else ()
        for destination in (one for url in urls for one in destinations(url)):
            found[Lane(route.name, destination.digest)] = destination, None
        for destination in (one for url in route.urls for one in destinations(url)):
            found[Lane(route.name, destination.digest)] = destination, route
    return found
