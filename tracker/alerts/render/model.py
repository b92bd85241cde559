"""A message ready to be sent."""

from dataclasses import dataclass
from typing import Any

from tracker.alerts.destinations import Channel


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in the shape of its channel."""

    channel: Channel
    subject: str  #: one line
    body: str  #: HTML for mail, plain text for Slack and webhooks
    payload: dict[str, Any] | None = None  #: the Slack attachment, or the body of a webhook
