"""Slack: incoming webhooks, and bots by chat.postMessage with one thread per source.

What a bot posts on a source answers the first post on it, and is shown in the channel all the same: an alert that only
stands in a thread is not seen.
"""

import json
import re
from typing import Any

from tracker.alerts.channels.http import Answer, HttpClient
from tracker.alerts.render.model import Rendered
from tracker.errors import DeliveryError

#: Seconds to wait where Slack asks for patience and names no time.
PATIENCE = 30.0

#: Errors that pass by themselves; every other needs somebody to mend something.
_PASSING = frozenset(
    {"accesslimited", "fatal_error", "internal_error", "ratelimited", "rate_limited", "request_timeout"}
    | {"rollup_error", "service_unavailable", "team_added_to_org"}
)

#: Errors that say that the first post of a thread is gone.
_THREAD_GONE = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message", "invalid_thread_ts"})

#: What to mend, by Slack's word for what is wrong.
_REMEDIES = {
    "channel_not_found": "no such channel, or the bot does not see it: invite it",
    "not_in_channel": "invite the bot to the channel",
    "is_archived": "the channel is archived",
    "channel_is_archived": "the channel is archived",
    "invalid_auth": "the token is none; write the right one",
    "invalid_token": "the address of the hook is none; write the right one",
    "token_revoked": "the token was revoked; write a new one",
    "account_inactive": "the bot was removed from the workspace",
    "missing_scope": "give the bot the scope chat:write",
    "no_service": "the hook was removed; make a new one",
}


class SlackChannel:
    """Posts to the addresses `slack://`."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    def send(self, service: Any, message: Rendered, key: str, thread: str | None) -> str | None:
        """Send a message to the one channel of an address, and return the thread that later ones may answer.

        Args:
            service: the address as Apprise understood it.
            message: what to post.
            key: its idempotency key.
            thread: what an earlier message on the same source returned.

        Raises:
            DeliveryError: it was not accepted.

        """
        payload: dict[str, Any] = {"attachments": [message.payload]}
        channel = service.channels[0]
        if channel is not None:
            name, _, fixed = channel.lstrip("+").partition(":")
            payload["channel"] = name
            if fixed:
                payload["thread_ts"] = fixed
        if service.user:
            payload["username"] = service.user
        if service.mode != "bot":
            self._hook(service, payload)
            return None
        # Receivers of events tell copies of one message by it.
        payload["metadata"] = {"event_type": "policy_alert", "event_payload": {"idempotency_key": key}}
        if message.thread and thread and "thread_ts" not in payload:
            try:
                self._bot(service, payload | {"thread_ts": thread, "reply_broadcast": True})
            except _ThreadGoneError:
                return self._bot(service, payload)
            return thread
        return self._bot(service, payload)

    def _hook(self, service: Any, payload: dict[str, Any]) -> None:
        base = service.webhook_gov_url if service.mode == "gov-hook" else service.webhook_url
        answer = self._post(f"{base}/{service.token_a}/{service.token_b}/{service.token_c}", payload, {})
        if not answer.fine:
            raise self._refusal(answer, _word(answer.body.decode("utf-8", "replace")))

    def _bot(self, service: Any, payload: dict[str, Any]) -> str | None:
        login = {"Authorization": f"Bearer {service.access_token}"}
        answer = self._post(service.api_url.format("chat.postMessage"), payload, login)
        try:
            told = json.loads(answer.body)
        except ValueError:
            told = None
        if not answer.fine or not isinstance(told, dict):
            raise self._refusal(answer, "")
        if told.get("ok") is True:
            return str(told["ts"])[:40] if told.get("ts") else None
        error = _word(str(told.get("error", "")))
        if error in _THREAD_GONE and "thread_ts" in payload:
            raise _ThreadGoneError(f"Slack: {error}", for_good=True)
        raise self._refusal(answer, error)

    def _post(self, url: str, payload: dict[str, Any], headers: dict[str, str]) -> Answer:
        body = json.dumps(payload).encode()
        try:
            return self._client.send("POST", url, body, {"Content-Type": "application/json; charset=utf-8", **headers})
        except DeliveryError as error:
            raise DeliveryError(f"Slack: {error}") from None

    def _refusal(self, answer: Answer, error: str) -> DeliveryError:
        limited = answer.status == 429 or error in {"ratelimited", "rate_limited"}
        if limited:
            wait = self._client.wait_of(answer)
            return DeliveryError("Slack: too many messages", retry_after=PATIENCE if wait is None else wait)
        passing = answer.status >= 500 or error in _PASSING or (answer.fine and not error)
        remedy = f" ({_REMEDIES[error]})" if error in _REMEDIES else ""
        said = error or ("an answer that is none" if answer.fine else f"status {answer.status}")
        wait = self._client.wait_of(answer) if passing else None
        return DeliveryError(f"Slack: {said}{remedy}", for_good=not passing, retry_after=wait)


class _ThreadGoneError(DeliveryError):
    """The first post of the thread was deleted; the message begins a new one."""


def _word(text: str) -> str:
    """Return Slack's word for an error; blank where the text is something else."""
    found = text.strip()
    return found if re.fullmatch(r"[a-z_]{3,60}", found) else ""
