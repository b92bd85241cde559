"""Addresses of a route as destinations: one per recipient, known by a hash, shown by a label without secrets."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from urllib.parse import parse_qsl, quote, unquote, urlencode

#: Channels at the end of a Slack address, such as /#privacy/#legal.
_SLACK_TARGETS = re.compile(r"(?:/(?:[#+@]|%23|%2B|%40)[^/?]*)+/?(?=\?|$)", re.IGNORECASE)


class Channel(StrEnum):
    """What kind of message a destination takes."""

    MAIL = "mail"
    SLACK = "slack"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where one message goes."""

    url: str = field(repr=False)  #: an Apprise address of exactly one recipient; holds secrets
    channel: Channel
    label: str  #: for people, without secrets
    digest: str  #: SHA-256 of the address; the outbox knows a destination by it


@cache
def destinations(url: str) -> tuple[Destination, ...]:
    """Return the destinations of an Apprise address (mailto, mailtos, slack, json, jsons), one per recipient.

    Apprise sends one message after the other to the recipients of one address and fails as a whole when one of them
    fails; a retry would then reach the others twice.
    """
    scheme = url.partition("://")[0]
    if scheme in {"mailto", "mailtos"}:
        return tuple(_destination(single, Channel.MAIL, f"mail to {name}") for single, name in _mail(url))
    if scheme == "slack":
        return tuple(_destination(single, Channel.SLACK, f"Slack {name}".rstrip()) for single, name in _slack(url))
    return (_destination(url, Channel.WEBHOOK, f"webhook at {_host(url)}"),)


def _destination(url: str, channel: Channel, label: str) -> Destination:
    digest = hashlib.sha256(url.encode()).hexdigest()
    # Two hooks of one host differ in their secret part only; four digits of the hash tell them apart.
    return Destination(url, channel, label if channel is Channel.MAIL else f"{label} ({digest[:4]})", digest)


def _mail(url: str) -> Iterator[tuple[str, str]]:
    base, _, query = url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    head, separator, rest = base.partition("://")
    server, _, path = rest.partition("/")
    told = [value for name, value in pairs if name == "to"]
    recipients = [one.strip() for value in (*told, *map(unquote, path.split("/"))) for one in re.split(r"[,;]", value)]
    found = list(dict.fromkeys(one for one in recipients if one))
    if not found:
        user = unquote(server.rpartition("@")[0].partition(":")[0])
        yield url, user if "@" in user else f"{user}@{_host(url)}"
        return
    for recipient in found:
        others = [(name, value) for name, value in pairs if name != "to"]
        yield f"{head}{separator}{server}?{urlencode([*others, ('to', recipient)], quote_via=quote)}", recipient


def _slack(url: str) -> Iterator[tuple[str, str]]:
    match = _SLACK_TARGETS.search(url)
    if match is None:
        yield url, ""
        return
    for target in filter(None, match[0].split("/")):
        yield f"{url[: match.start()]}/{target}{url[match.end() :]}", unquote(target)


def _host(url: str) -> str:
    server = re.split(r"[/?#]", url.partition("://")[2].rpartition("@")[2])[0]
    return server or "?"
