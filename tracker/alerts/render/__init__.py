"""Messages in the shape each channel takes."""

from tracker.alerts.destinations import Channel
from tracker.alerts.render.mail import Message, render_mail
from tracker.alerts.render.model import Rendered
from tracker.alerts.render.slack import render_slack
from tracker.alerts.render.webhook import render_webhook

__all__ = ["Rendered", "render"]


def render(message: Message, channel: Channel, key: str) -> Rendered:
    """Return a message as a channel takes it; `key` is its idempotency key."""
    if channel is Channel.MAIL:
        return render_mail(message)
    if channel is Channel.SLACK:
        return render_slack(message)
    return render_webhook(message, key)
