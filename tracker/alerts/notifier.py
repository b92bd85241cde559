"""Hands one message to one destination: by its channel, or, in tests and the demo, to a list."""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from tracker import __version__
from tracker.alerts.channels.http import HttpClient
from tracker.alerts.channels.other import OtherChannel
from tracker.alerts.channels.slack import SlackChannel
from tracker.alerts.channels.smtp import MailChannel
from tracker.alerts.channels.webhook import WebhookChannel
from tracker.alerts.destinations import Channel, Destination
from tracker.alerts.render import Rendered
from tracker.clock import Clock, SystemClock
from tracker.errors import DeliveryError
from tracker.settings import Settings
from tracker.sources.services import LOCAL_SCHEMES

#: Seconds a destination has to take the connection, and then to answer.
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0

_PREPARING = threading.Lock()


class Notifier(Protocol):
    """Sends messages."""

    def send(self, destination: Destination, message: Rendered, key: str, *, thread: str | None = None) -> str | None:
        """Send a message to a destination, under an idempotency key.

        Returns when the destination accepted it: the thread that later messages of the same source may be put into, to
        be given as `thread` then, or None where the destination needs none. Safe to call from many threads.

        Raises:
            DeliveryError: it was not accepted, or nobody can tell. The text holds no secret.

        """
        ...


class ChannelNotifier:
    """Sends for real. Apprise understands the addresses; what it hides or lacks, channels of our own do."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        *,
        connect: float = CONNECT_TIMEOUT,
        read: float = READ_TIMEOUT,
    ) -> None:
        clock = clock or SystemClock()
        self._connect = min(connect, settings.connect_timeout)
        self._read = read
        client = HttpClient(settings, clock, connect=self._connect, read=read)
        # A mail server may think for long before it greets.
        self._mail = MailChannel(settings, clock, connect=read, read=read)
        self._slack = SlackChannel(client)
        self._webhook = WebhookChannel(client, clock)
        self._other = OtherChannel(settings)

    def send(self, destination: Destination, message: Rendered, key: str, *, thread: str | None = None) -> str | None:
        """Send a message; see `Notifier`."""
        service = _service(destination.url)
        if destination.channel is Channel.MAIL and service.pgp_mode == "no":
            self._mail.send(service, destination, message, key)
        elif destination.channel is Channel.WEBHOOK:
            self._webhook.send(service, destination, message, key)
        elif destination.channel is Channel.SLACK and _is_plain_slack(service):
            return self._slack.send(service, message, key, thread)
        else:
            self._set_timeouts(service)
            self._other.send(service, message)
        return None

    def _set_timeouts(self, service: Any) -> None:
        """Give a service our timeouts, where its address names none (`cto`, `rto`)."""
        if service.socket_connect_timeout == type(service).socket_connect_timeout:
            service.socket_connect_timeout = self._connect
        if service.socket_read_timeout == type(service).socket_read_timeout:
            service.socket_read_timeout = self._read


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the in-memory notifier accepted."""

    url: str
    message: Rendered
    key: str
    thread: str | None = None


class MemoryNotifier:
    """Accepts every message, except where its script says otherwise."""

    def __init__(self, failures: Iterable[str | DeliveryError | None] = ()) -> None:
        #: outcomes of the next sends: what to fail with, or None to accept; when used up, all are accepted
        self.failures = list(failures)
        #: addresses that never accept anything
        self.down: set[str] = set()
        self.sent: list[Sent] = []
        self._lock = threading.Lock()

    def send(self, destination: Destination, message: Rendered, key: str, *, thread: str | None = None) -> str | None:
        """Take a message, or fail as scripted; see `Notifier`. The threads of Slack are those of the first message."""
        with self._lock:
            failure = self.failures.pop(0) if self.failures else None
            if failure is None and destination.url in self.down:
                failure = "down"
            if failure is not None:
                raise failure if isinstance(failure, DeliveryError) else DeliveryError(failure)
            self.sent.append(Sent(destination.url, message, key, thread))
            return (thread or key) if destination.channel is Channel.SLACK else None


def _is_plain_slack(service: Any) -> bool:
    """Return whether we post ourselves: not to workflows, nor to people whom Apprise finds by their mail address."""
    return service.mode in {"bot", "hook", "gov-hook"} and "@" not in (service.channels[0] or "")[1:]


@cache
def _prepare() -> None:
    """Switch off what only reaches this machine, and a log that may hold whole addresses."""
    from apprise import manager_plugins

    manager: Any = manager_plugins.NotificationManager
    manager().disable(*LOCAL_SCHEMES)
    logging.getLogger("apprise").setLevel(logging.CRITICAL)


def _service(url: str) -> Any:
    """Return Apprise's service for an address."""
    # Imported when needed: it costs a third of a second.
    import apprise

    with _PREPARING:
        _prepare()
    asset = apprise.AppriseAsset(
        http_redirects=False,
        app_id="tracker",
        app_desc=f"policy tracker {__version__}",
        # Our own timeouts end first: when this one strikes, the request would go on behind our back.
        service_timeout=0,
    )
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise DeliveryError("the address is not one Apprise understands; mend it in the sources file", for_good=True)
    return service
