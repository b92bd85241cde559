"""A message ready to be sent."""

from dataclasses import dataclass
from typing import Any

from tracker.alerts.destinations import Channel


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in the shape of its channel."""

    channel: Channel
    subject: str  #: one line
    body: str  #: HTML for mail, plain text for everything else
    payload: dict[str, Any] | None = None  #: the Slack attachment, or the body of a webhook
    text: str = ""  #: the plain part of a mail
    thread: str = ""  #: what it belongs together with: a hash of a source or of a route's digest; blank for itself
    route: str = ""  #: that sends it
    unsubscribe: str = ""  #: web address that ends the subscription it was sent for
