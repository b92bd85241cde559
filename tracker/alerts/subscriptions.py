"""Subscriptions by mail: asked for by a reader, confirmed by a link, ended by one click.

Each is a route of its own, made from its row, so that everything that holds for routes holds for it. Its links are
signed with a key of the store and a secret of the row: nobody can guess them, and they end with it. A link shows a page
with a button; programs that look into mails and follow every link change nothing.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qsl, quote, urlencode

from sqlmodel import Session, select

from tracker.alerts.destinations import destinations
from tracker.alerts.outbox import delivery_row
from tracker.errors import UsageError
from tracker.hosts import is_within
from tracker.settings import Settings
from tracker.sources.model import Route
from tracker.store.database import insert_new
from tracker.store.meta import read_meta, write_meta
from tracker.store.people.subscriptions import (
    ASKED,
    CONFIRMED,
    count_asked,
    end_subscription,
    notice_key,
    pause_subscription,
    served,
    subscription,
)
from tracker.store.schema.message_tables import Subscription
from tracker.store.schema.tables import Delivery, Notice
from tracker.store.work.events import log_event
from tracker.words import Severity, Topic

#: Kind of the notice that asks for the confirmation.
SUBSCRIPTION = "subscription"

#: How long the link that confirms holds.
CONFIRM_SPAN = timedelta(hours=48)

#: Within a day: what one account may ask for, how often one address is written to, and all together.
DAY = timedelta(days=1)
MOST_OF_OWNER, MOST_TO_ADDRESS, MOST_IN_ALL = 20, 3, 500

#: Messages in a row that an address refuses for good before nothing more is sent to it.
MOST_REFUSALS = 3

MOST_FILTERS = 100
LONGEST_ADDRESS = 254

#: What is surely one mail address: no name, no second recipient, nothing that a header or an address of a route reads.
_ADDRESS = re.compile(r"""[^\s@<>()\[\]\\,;:"'%?&#/]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}""")

_KEY = "subscription_key"
_ROUTE = "subscription-"


class Purpose(StrEnum):
    """What a link is for."""

    CONFIRM = "confirm"
    END = "end"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader wants to hear of; empty means no limit."""

    sources: tuple[str, ...] = ()  #: ids
    tags: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    severity: Severity = Severity.LOW  #: at least
    digest: str | None = None


def is_offered(settings: Settings) -> bool:
    """Return whether readers may subscribe: there is a mail server to send by, and an address for links."""
    return settings.subscription_mail is not None and settings.public_url is not None


def route_name(ident: int) -> str:
    """Return the name of the route of a subscription."""
    return f"{_ROUTE}{ident}"


def subscribe(session: Session, settings: Settings, owner: str, address: str, wish: Wish, now: datetime) -> bool:
    """Enter a subscription and the mail that asks for its confirmation; return whether one will be sent.

    None is where the address was written to often enough today. Who asked is not to be told, or they could find out
    whom others wrote to. The session is of a writer.

    Raises:
        UsageError: subscriptions are not offered, the address or the wish is none, or the account asked too often.

    """
    if not is_offered(settings):
        raise UsageError("subscriptions are not set up; the operator sets subscription_mail and public_url")
    address = checked_address(address, settings.subscription_domains)
    if max(len(wish.sources), len(wish.tags)) > MOST_FILTERS:
        raise UsageError(f"a subscription names at most {MOST_FILTERS} sources and tags")
    since = now - DAY
    if count_asked(session, since, owner=owner) >= MOST_OF_OWNER or count_asked(session, since) >= MOST_IN_ALL:
        raise UsageError("too many subscriptions were asked for today; try again tomorrow")
    silent = count_asked(session, since, address=address) >= MOST_TO_ADDRESS
    row = Subscription(
        owner=owner,
        address=address,
        sources=list(wish.sources),
        tags=list(wish.tags),
        topics=[topic.value for topic in wish.topics],
        severity=wish.severity.value,
        digest=wish.digest,
        secret=secrets.token_hex(16),
        state=ASKED,
        created_at=now,
    )
    session.add(row)
    session.flush()
    if not silent:
        _ask(session, settings, row, now)
    return not silent


def _ask(session: Session, settings: Settings, row: Subscription, now: datetime) -> None:
    assert row.id is not None
    key = notice_key(row.id)
    values = {
        "key": key,
        "kind": SUBSCRIPTION,
        "source_key": None,
        "change_id": None,
        "title": "Please confirm your subscription",
        "body": "",
        "severity": Severity.LOW.value,
        "created_at": now,
    }
    insert_new(session, Notice, [values])
    ident = session.exec(select(Notice.id).where(Notice.key == key)).one()
    route = Route(route_name(row.id), (_address_of(session, settings, row),))
    (destination,) = destinations(route.urls[0])
    insert_new(session, Delivery, [delivery_row(route, destination, now, settings, notice=(ident, key))])


def confirm(session: Session, token: str, now: datetime) -> Subscription | None:
    """Confirm the subscription of a link; None where the link is none or ran out. The session is of a writer."""
    row = linked(session, Purpose.CONFIRM, token, now)
    if row is not None and row.state == ASKED:
        row.state = CONFIRMED
        row.confirmed_at = now
        session.add(row)
    return row


def end(session: Session, row: Subscription) -> None:
    """End a subscription. The session is of a writer."""
    assert row.id is not None
    end_subscription(session, row, route_name(row.id))


def subscription_of(session: Session, route: str) -> Subscription | None:
    """Return the subscription that a route is made from; None where it is none. A writer holds it."""
    ident = _ident(route)
    return None if ident is None else subscription(session, ident)


def note_refusal(session: Session, row: Subscription, now: datetime) -> None:
    """Note that the address of a subscription is none to its server; after a few such messages, send no more.

    What waits to be sent to it is dropped then. The session is of a writer.
    """
    if row.state != CONFIRMED or row.paused_at is not None:
        return
    assert row.id is not None
    row.refusals += 1
    if row.refusals >= MOST_REFUSALS:
        pause_subscription(session, row, route_name(row.id), now)
        told = f"subscription {row.id} is paused: its address refused {MOST_REFUSALS} messages in a row"
        log_event(session, now, None, "subscription_paused", told)
    session.add(row)


def linked(session: Session, purpose: Purpose, token: str, now: datetime) -> Subscription | None:
    """Return the subscription that a link is for; None where the link is none, ran out, or it has ended."""
    ident, _, sent = token.partition("-")
    if not re.fullmatch(r"\d{1,15}", ident, re.ASCII):
        return None
    row = subscription(session, int(ident))
    # Compared all the same where there is none, so that the time tells nothing.
    expected = _signature(session, purpose, row) if row is not None else "0" * 64
    if not hmac.compare_digest(sent.encode(), expected.encode()) or row is None:
        return None
    return None if purpose is Purpose.CONFIRM and row.created_at + CONFIRM_SPAN <= now else row


def link(session: Session, settings: Settings, purpose: Purpose, row: Subscription) -> str:
    """Return the web address that confirms or ends a subscription."""
    base = (settings.public_url or "").rstrip("/")
    return f"{base}/subscriptions/{purpose.value}/{row.id}-{_signature(session, purpose, row)}"


def routes_of(
    session: Session, settings: Settings, *, asked: bool = False, name: str | None = None
) -> tuple[Route, ...]:
    """Return the routes of confirmed subscriptions, or the one of a name.

    With `asked` also those to be confirmed, for that mail alone.
    """
    ident = None if name is None else _ident(name)
    if not is_offered(settings) or (name is not None and ident is None):
        return ()
    rows = served(session, ident)
    if rows and read_meta(session, _KEY) is None:
        return ()
    return tuple(_route(session, settings, row) for row in rows if asked or row.state == CONFIRMED)


def _ident(route: str) -> int | None:
    """Return the id of the subscription that a route is made from, by its name; None where that is of no such route."""
    found = re.fullmatch(rf"{_ROUTE}(\d{{1,15}})", route, re.ASCII)
    return int(found[1]) if found else None


def _route(session: Session, settings: Settings, row: Subscription) -> Route:
    assert row.id is not None
    return Route(
        name=route_name(row.id),
        urls=(_address_of(session, settings, row),),
        sources=tuple(row.sources),
        tags=tuple(row.tags),
        topics=tuple(Topic(topic) for topic in row.topics),
        severity=Severity(row.severity),
        digest=row.digest,
        subscription=True,
    )


def _address_of(session: Session, settings: Settings, row: Subscription) -> str:
    """Return the address of the mail server of the settings, with the subscriber as its recipient."""
    assert settings.subscription_mail is not None
    base, _, query = settings.subscription_mail.get_secret_value().partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in {"to", "cc", "bcc"}]
    ours = [("to", row.address), ("subscription", str(row.id))]
    ours.append(("unsubscribe", link(session, settings, Purpose.END, row)))
    return f"{base}?{urlencode([*kept, *ours], quote_via=quote)}"


def checked_address(text: str, domains: Sequence[str] = ()) -> str:
    """Return one mail address, its domain in lower case.

    Raises:
        UsageError: it is none, or of a domain that may not subscribe.

    """
    address = text.strip()
    if len(address) > LONGEST_ADDRESS or not address.isprintable() or _ADDRESS.fullmatch(address) is None:
        raise UsageError("that is no mail address")
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    if domains and not any(is_within(domain, one) for one in domains):
        raise UsageError(f"only addresses of {', '.join(domains)} may subscribe")
    return f"{local}@{domain}"


def in_words(row: Subscription, names: Collection[str] = ()) -> tuple[str, ...]:
    """Return what a subscription is about, line by line; `names` are those of its sources."""
    topics = ", ".join(topic.replace("_", " ") for topic in row.topics)
    return (
        f"Sources: {', '.join(names or row.sources) or 'all'}",
        *([f"Tags: {', '.join(row.tags)}"] if row.tags else []),
        f"Topics: {topics or 'all'}",
        f"Severity: {row.severity} or more",
        "When: at once" if row.digest is None else f"When: {row.digest} digest",
    )


def _signature(session: Session, purpose: Purpose, row: Subscription) -> str:
    told = f"{purpose.value}|{row.id}|{row.secret}".encode()
    return hmac.new(_key(session), told, hashlib.sha256).hexdigest()


def _key(session: Session) -> bytes:
    """Return the key of this store, made with the first subscription."""
    known = read_meta(session, _KEY)
    if known is None:
        known = secrets.token_hex(32)
        write_meta(session, _KEY, known)
    return bytes.fromhex(known)
