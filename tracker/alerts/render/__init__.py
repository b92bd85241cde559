"""Messages in the shape each channel takes."""

from collections.abc import Callable

from tracker.alerts.destinations import Channel
from tracker.alerts.message import AlertMessage, Digest, TestMessage
from tracker.alerts.render.mail import render_mail
from tracker.alerts.render.model import Rendered
from tracker.alerts.render.slack import render_slack
from tracker.alerts.render.webhook import render_webhook

__all__ = ["Rendered", "render"]

_RENDERERS: dict[Channel, Callable[[AlertMessage | Digest | TestMessage, str], Rendered]] = {
    Channel.MAIL: render_mail,
    Channel.SLACK: render_slack,
    Channel.WEBHOOK: render_webhook,
}


def render(message: AlertMessage | Digest | TestMessage, channel: Channel, key: str) -> Rendered:
    """Return a message as a channel takes it; `key` is its idempotency key."""
    return _RENDERERS[channel](message, key)
