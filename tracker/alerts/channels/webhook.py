"""Webhooks: JSON by POST, signed where the address names a secret.

`X-Tracker-Signature: t=SECONDS,v1=HEX` holds the time of sending (Unix time) and the HMAC-SHA256, under the secret, of
that time as text, a full stop and the body as received. Receivers compute it anew, compare in constant time, and refuse
what is older than five minutes. While a secret is exchanged for another the address names both and there are two `v1`.
"""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from tracker.alerts.channels.http import Answer, HttpClient
from tracker.alerts.destinations import Destination
from tracker.alerts.render.model import Rendered
from tracker.clock import Clock
from tracker.errors import DeliveryError

KEY_HEADER = "X-Idempotency-Key"
SIGNATURE_HEADER = "X-Tracker-Signature"

#: Statuses that another try may turn; any other of 4xx stays as it is.
_PASSING = frozenset({401, 403, 404, 408, 409, 421, 423, 424, 425, 429})

GONE = 410


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Return the hexadecimal HMAC-SHA256 of a body that is sent at a time (Unix time)."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


class WebhookChannel:
    """Posts JSON to the addresses `json://` and `jsons://`."""

    def __init__(self, client: HttpClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def send(self, service: Any, destination: Destination, message: Rendered, key: str) -> None:
        """Send a message to the address as Apprise understood it.

        Raises:
            DeliveryError: it was not accepted.

        """
        assert message.payload is not None
        body = json.dumps(message.payload | service.payload_extras, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json; charset=utf-8", **service.headers, KEY_HEADER: key}
        if destination.secrets:
            seconds = int(self._clock.now().timestamp())
            signed = (f"v1={signature(secret, seconds, body)}" for secret in destination.secrets)
            headers[SIGNATURE_HEADER] = ",".join((f"t={seconds}", *signed))
        try:
            answer = self._client.send(
                service.method,
                _address(service),
                body,
                headers,
                login=(service.user, service.password or "") if service.user else None,
                trusting=not service.verify_certificate,
            )
        except DeliveryError as error:
            raise DeliveryError(f"webhook: {error}") from None
        if not answer.fine:
            raise refusal(self._client, answer)


def refusal(client: HttpClient, answer: Answer) -> DeliveryError:
    """Return what a status that is no success means for a webhook."""
    if answer.status == GONE:
        return DeliveryError("webhook: gone for good (410)", for_good=True)
    if 300 <= answer.status < 400:
        return DeliveryError(
            f"webhook: answered {answer.status}; redirects are not followed, write the address it leads to"
        )
    for_good = 400 <= answer.status < 500 and answer.status not in _PASSING
    return DeliveryError(f"webhook: answered {answer.status}", for_good=for_good, retry_after=client.wait_of(answer))


def _address(service: Any) -> str:
    port = f":{service.port}" if service.port else ""
    host = f"[{service.host}]" if ":" in service.host else service.host
    query = f"?{urlencode(service.params)}" if service.params else ""
    return f"{'https' if service.secure else 'http'}://{host}{port}{service.fullpath or '/'}{query}"
