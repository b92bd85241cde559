"""Every other service that Apprise knows: plain text, sent by Apprise, which tells no more than whether it went."""

import os
from functools import cache
from typing import Any

from tracker.alerts.destinations import Channel
from tracker.alerts.render.model import Rendered
from tracker.errors import DeliveryError
from tracker.settings import Settings

#: Characters that services without a limit of their own get.
MOST_TEXT = 8_000


class OtherChannel:
    """Sends through Apprise itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, service: Any, message: Rendered) -> None:
        """Send a message.

        Raises:
            DeliveryError: it was not accepted, or nobody can tell.

        """
        # Imported when needed: it costs a third of a second.
        import apprise

        if self._settings.proxy is not None:
            _lend_proxy(self._settings.proxy.get_secret_value(), ",".join(self._settings.no_proxy))
        if service.verify_certificate and self._settings.ca_bundle is not None:
            # Its services hand this on to `requests`, which takes a file as well as yes or no.
            service.verify_certificate = str(self._settings.ca_bundle)
        sender = apprise.Apprise(asset=service.asset, location=apprise.ContentLocation.HOSTED)
        sender.add(service)
        # Mail comes here where Apprise is to encrypt it, and stays HTML; everything else is told in plain text.
        if message.channel is Channel.MAIL:
            body, kind = message.body, apprise.NotifyFormat.HTML
        else:
            body, kind = _cut(_harmless(message.text or message.body), service), apprise.NotifyFormat.TEXT
        try:
            # Not `is True`: what notify() returns differs between releases, its truth does not.
            accepted = bool(sender.notify(body=body, title=_harmless(message.subject), body_format=kind))
        except Exception as error:
            # Apprise lets a plugin's errors through; their texts may hold the whole address.
            raise DeliveryError(f"{service.service_name}: {type(error).__name__} while sending") from None
        if not accepted:
            raise DeliveryError(f"{service.service_name}: refused, or no answer in time")


def _cut(text: str, service: Any) -> str:
    limit = min(int(getattr(service, "body_maxlen", MOST_TEXT) or MOST_TEXT), MOST_TEXT)
    return text if len(text) <= limit else f"{text[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"


def _harmless(text: str) -> str:
    """Return text in which nothing calls people: chat services read @everyone and <!channel> in plain text too."""
    return text.replace("@", "@\N{ZERO WIDTH SPACE}").replace("<!", "<\N{ZERO WIDTH SPACE}!")


@cache
def _lend_proxy(proxy: str, directly: str) -> None:
    """Let Apprise's services know the proxy, in the only way they take it: the environment of this process."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        os.environ[name] = proxy
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, ("localhost,127.0.0.1,::1", directly)))
