"""Messages in the shape each channel takes."""

import hashlib
from dataclasses import replace

from tracker.alerts.destinations import Channel
from tracker.alerts.message import AlertMessage, ConfirmMessage, Digest, Message, TestMessage
from tracker.alerts.render.mail import render_mail, render_text
from tracker.alerts.render.model import Rendered
from tracker.alerts.render.slack import render_slack
from tracker.alerts.render.templates import Templates, templates_in
from tracker.alerts.render.webhook import render_webhook

__all__ = ["Rendered", "render"]


def render(
    message: Message,
    channel: Channel,
    key: str,
    *,
    route: str = "",
    unsubscribe: str = "",
    templates: Templates | None = None,
) -> Rendered:
    """Return a message as a channel takes it.

    Args:
        message: what to say.
        channel: by which.
        key: idempotency key of the message.
        route: that sends it.
        unsubscribe: web address that ends the subscription it is sent for.
        templates: those that come along by default.

    """
    templates = templates or templates_in(None)
    if channel is Channel.MAIL:
        shaped = render_mail(message, templates, unsubscribe)
    elif channel is Channel.SLACK:
        shaped = render_slack(message, templates)
    elif channel is Channel.WEBHOOK:
        shaped = render_webhook(message, key)
    else:
        shaped = render_text(message, templates)
    return replace(shaped, thread=thread_of(message, route), route=route, unsubscribe=unsubscribe)


def thread_of(message: Message, route: str) -> str:
    """Return what a message belongs together with: its source, or the digests of its route; blank for a test."""
    if isinstance(message, TestMessage | ConfirmMessage):
        return ""
    if isinstance(message, Digest):
        name = f"digest\n{route}"
    elif isinstance(message, AlertMessage) or message.source_id:
        name = f"source\n{message.source_id}"
    else:
        name = f"notices\n{route}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]
