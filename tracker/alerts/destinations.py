"""Addresses of a route as destinations: one per recipient, known by a hash, shown by a label without secrets."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import getaddresses
from enum import StrEnum
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode

#: Channels at the end of a Slack address, such as /#privacy/#legal.
_SLACK_TARGETS = re.compile(r"(?:/(?:[#+@]|%23|%2B|%40)[^/?]*)+/?(?=\?|$)", re.IGNORECASE)

#: Parameters of a mail address that name recipients; who gets a copy gets a message of their own.
_RECIPIENTS = ("to", "cc", "bcc")

#: Parameter of a webhook's address: what its messages are signed with. May be given twice.
_SECRET = "secret"  # noqa: S105 - a name

#: Parameters that the routes of subscriptions carry.
_SUBSCRIPTION = "subscription"
_UNSUBSCRIBE = "unsubscribe"


class Channel(StrEnum):
    """What kind of message a destination takes."""

    MAIL = "mail"
    SLACK = "slack"
    WEBHOOK = "webhook"
    OTHER = "other"  #: plain text, through any other service that Apprise knows


@dataclass(frozen=True, slots=True)
class Destination:
    """Where one message goes."""

    url: str = field(repr=False)  #: an Apprise address of exactly one recipient; holds secrets
    channel: Channel
    label: str  #: for people, without secrets
    digest: str  #: a hash of what makes it this destination and no other; the outbox knows it by that
    recipient: str = field(default="", repr=False)  #: of a mail
    secrets: tuple[str, ...] = field(default=(), repr=False)  #: a webhook is signed with each
    unsubscribe: str = field(default="", repr=False)  #: web address that ends the subscription it belongs to


@lru_cache(maxsize=10_000)
def destinations(url: str) -> tuple[Destination, ...]:
    """Return the destinations of an Apprise address, one per recipient.

    Apprise sends one message after the other to the recipients of one address and fails as a whole when one of them
    fails; a retry would then reach the others twice.
    """
    scheme = url.partition("://")[0].lower()
    if scheme in {"mailto", "mailtos"}:
        return tuple(_mail(url))
    if scheme == "slack":
        return tuple(_slack(url))
    if scheme in {"json", "jsons"}:
        return (_webhook(url),)
    return (_other(url, scheme),)


def _mail(url: str) -> Iterator[Destination]:
    base, _, query = url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    head, separator, rest = base.partition("://")
    server, _, path = rest.partition("/")
    told = [value for name, value in pairs if name in _RECIPIENTS]
    others = [(name, value) for name, value in pairs if name not in (*_RECIPIENTS, _SUBSCRIPTION, _UNSUBSCRIBE)]
    values = dict(pairs)
    listed = ", ".join((*told, *(unquote(part) for part in path.split("/") if part)))
    found = dict.fromkeys(address for _, address in getaddresses([listed.replace(";", ",")]) if address)
    if not found:
        user = unquote(server.rpartition("@")[0].partition(":")[0])
        found = {user if "@" in user else f"{user}@{_host(url)}": None}
    for recipient in found:
        query = urlencode([*others, ("to", recipient)], quote_via=quote)
        number = values.get(_SUBSCRIPTION)
        # Whoever subscribed is nobody's business but theirs; and the server or its password may change under a mail
        # that waits.
        name = f"subscription {number}" if number else f"mail to {recipient}"
        yield Destination(
            f"{head}{separator}{server}?{query}",
            Channel.MAIL,
            name,
            _hash(name if number else f"mail to {recipient.lower()}"),
            recipient=recipient,
            unsubscribe=values.get(_UNSUBSCRIBE, ""),
        )


def _slack(url: str) -> Iterator[Destination]:
    match = _SLACK_TARGETS.search(url)
    singles = [(url, "")]
    if match is not None:
        start, end = url[: match.start()], url[match.end() :]
        singles = [(f"{start}/{target}{end}", unquote(target)) for target in match[0].split("/") if target]
    for single, name in singles:
        digest = _hash(single)
        yield Destination(single, Channel.SLACK, f"{f'Slack {name}'.rstrip()} ({digest[:4]})", digest)


def _webhook(url: str) -> Destination:
    base, _, query = url.partition("?")
    parts = [part for part in query.split("&") if part]
    kept = [part for part in parts if part.partition("=")[0] != _SECRET]
    secrets = tuple(value for name, value in parse_qsl(query) if name == _SECRET)
    address = f"{base}?{'&'.join(kept)}" if kept else base
    # A new password is no new receiver.
    digest = _hash(re.sub(r"(?<=://)([^/@]*?):[^/@]*@", r"\1@", address))
    # Two hooks of one host differ in their secret part only; four digits of the hash tell them apart.
    label = f"webhook at {_host(url)} ({digest[:4]})"
    return Destination(address, Channel.WEBHOOK, label, digest, secrets=secrets)


def _other(url: str, scheme: str) -> Destination:
    digest = _hash(url)
    return Destination(url, Channel.OTHER, f"{scheme} ({digest[:4]})", digest)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _host(url: str) -> str:
    server = re.split(r"[/?#]", url.partition("://")[2].rpartition("@")[2])[0]
    return server or "?"
