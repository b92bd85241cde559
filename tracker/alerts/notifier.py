"""Hands one message to one destination: through Apprise, or, in tests and the demo, to a list."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from tracker import __version__
from tracker.alerts.destinations import Channel
from tracker.alerts.render import Rendered
from tracker.errors import DeliveryError
from tracker.settings import Settings

#: Seconds a destination has to take the connection, and then to answer.
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0

KEY_HEADER = "X-Idempotency-Key"

#: What Apprise itself would put into a webhook.
_APPRISE_FIELDS = ("version", "title", "message", "attachments", "type")

_PREPARING = threading.Lock()


class Notifier(Protocol):
    """Sends messages."""

    def send(self, url: str, message: Rendered, key: str) -> None:
        """Send a message to the one recipient of an Apprise address, under an idempotency key.

        Returns when the destination accepted it. Safe to call from many threads.

        Raises:
            DeliveryError: it was not accepted, or nobody can tell. The text holds no secret.

        """
        ...


class AppriseNotifier:
    """Sends mail, Slack posts and webhooks, one Apprise object and one call per message."""

    def __init__(self, settings: Settings, *, connect: float = CONNECT_TIMEOUT, read: float = READ_TIMEOUT) -> None:
        self._connect = min(connect, settings.connect_timeout)
        self._read = read

    def send(self, url: str, message: Rendered, key: str) -> None:
        """Send a message; see `Notifier`."""
        # Imported when needed: it costs a third of a second.
        import apprise

        service = _service(url)
        self._set_timeouts(service, message.channel)
        _fit(service, message, key)
        sender = apprise.Apprise(asset=service.asset, location=apprise.ContentLocation.HOSTED)
        sender.add(service)
        formatted = apprise.NotifyFormat.HTML if message.channel is Channel.MAIL else apprise.NotifyFormat.TEXT
        try:
            # Not `is True`: what notify() returns differs between releases, its truth does not.
            accepted = bool(sender.notify(body=message.body, title=message.subject, body_format=formatted))
        except Exception as error:
            # Apprise lets a plugin's errors through; their texts may hold the whole address.
            raise DeliveryError(f"{message.channel.value}: {type(error).__name__} while sending") from None
        if not accepted:
            raise DeliveryError(f"{message.channel.value}: refused, or no answer in time")

    def _set_timeouts(self, service: Any, channel: Channel) -> None:
        """Give a service our timeouts, where its address names none (`cto`, `rto`)."""
        # For mail Apprise has one timeout for everything, and a mail server may think for long after the text.
        connect = self._read if channel is Channel.MAIL else self._connect
        if service.socket_connect_timeout == type(service).socket_connect_timeout:
            service.socket_connect_timeout = connect
        if service.socket_read_timeout == type(service).socket_read_timeout:
            service.socket_read_timeout = self._read


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the in-memory notifier accepted."""

    url: str
    message: Rendered
    key: str


class MemoryNotifier:
    """Accepts every message, except where its script says otherwise."""

    def __init__(self, failures: Iterable[str | None] = ()) -> None:
        #: outcomes of the next sends: a reason to fail with, or None to accept; when used up, all are accepted
        self.failures = list(failures)
        #: addresses that never accept anything
        self.down: set[str] = set()
        self.sent: list[Sent] = []
        self._lock = threading.Lock()

    def send(self, url: str, message: Rendered, key: str) -> None:
        """Take a message, or fail as scripted; see `Notifier`."""
        with self._lock:
            failure = self.failures.pop(0) if self.failures else None
            if failure is None and url in self.down:
                failure = "down"
            if failure is not None:
                raise DeliveryError(failure)
            self.sent.append(Sent(url, message, key))


@cache
def _prepare() -> None:
    """Switch off every service but those a route may name."""
    from apprise import manager_plugins

    manager: Any = manager_plugins.NotificationManager
    manager().enable_only("mailto", "mailtos", "slack", "json", "jsons")


def _service(url: str) -> Any:
    """Return Apprise's service for an address."""
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
        raise DeliveryError("the address is not one Apprise understands; mend it in the sources file")
    return service


def _fit(service: Any, message: Rendered, key: str) -> None:
    """Put the parts of a message into a service that `notify` has no arguments for."""
    if message.channel is Channel.SLACK:
        # The hook by which Apprise lets a template give the blocks.
        service.use_blocks = True
        service.template = [message.subject]
        service.gen_payload = lambda *_args, **_kwargs: message.payload
        return
    service.headers[KEY_HEADER] = key
    if message.channel is Channel.WEBHOOK:
        assert message.payload is not None
        service.payload_extras = dict.fromkeys(_APPRISE_FIELDS, "") | message.payload
