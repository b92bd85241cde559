"""The trail: who did what, when. Only ever appended to, and a hash chain, so that what was taken out shows."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from tracker.clock import exact
from tracker.store.database import StoreLock, queue_up, storable
from tracker.store.schema.people_tables import TrailEntry


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the trail as it was checked."""

    entry_id: int
    detail: str  #: what is wrong with it; blank where nothing is


def append(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str = "",
    source: str = "",
    detail: dict[str, Any] | None = None,
) -> TrailEntry:
    """Write down a deed in the transaction that does it.

    Args:
        session: of a writer.
        at: when.
        actor: who: an account, a token, the name of the operating system's user.
        action: what, in words with a full stop between: `review.add`, `source.mute`, `login.failed`.
        subject: what it was done to.
        source: id of the source it concerns, where it concerns one.
        detail: what else is to be known; never a secret.

    """
    queue_up(session, StoreLock.TRAIL)
    query = select(TrailEntry.chain_hash).order_by(col(TrailEntry.id).desc()).limit(1)
    entry = TrailEntry(
        at=at.astimezone(UTC),
        actor=storable(actor),
        action=action,
        source=storable(source),
        subject=storable(subject),
        detail=json.loads(storable(json.dumps(detail or {}, ensure_ascii=False))),
        chain_previous=session.exec(query).first() or "",
        chain_hash="",
    )
    entry.chain_hash = entry_hash(entry)
    session.add(entry)
    session.flush()
    return entry


def entries(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: str | None = None,
    action: str | None = None,
    source: str | None = None,
    before_id: int | None = None,
    limit: int | None = None,
) -> list[TrailEntry]:
    """Return entries, the newest first.

    Args:
        session: of a reader.
        since: then or later.
        until: then or earlier.
        actor: of this one only.
        action: this one, or all that begin with it and a full stop.
        source: id of the source they concern.
        before_id: only entries older than this one, for reading page by page.
        limit: how many at most.

    """
    query = select(TrailEntry)
    if since is not None:
        query = query.where(TrailEntry.at >= since)
    if until is not None:
        query = query.where(TrailEntry.at <= until)
    if actor is not None:
        query = query.where(TrailEntry.actor == actor)
    if action is not None:
        begins = col(TrailEntry.action).startswith(f"{action}.", autoescape=True)
        query = query.where((col(TrailEntry.action) == action) | begins)
    if source is not None:
        query = query.where(TrailEntry.source == source)
    if before_id is not None:
        query = query.where(col(TrailEntry.id) < before_id)
    return list(session.exec(query.order_by(col(TrailEntry.id).desc()).limit(limit)))


def verify_trail(session: Session) -> Iterator[Link]:
    """Yield every entry, with what is wrong with it: it does not fit the one before it, or its own hash."""
    previous = ""
    for entry in session.exec(select(TrailEntry).order_by(col(TrailEntry.id)).execution_options(yield_per=1_000)):
        assert entry.id is not None
        wrong = []
        if entry.chain_previous != previous:
            wrong.append("does not follow the entry before it: one was taken out or put in")
        if entry_hash(entry) != entry.chain_hash:
            wrong.append("was altered")
        yield Link(entry.id, " and ".join(wrong))
        previous = entry.chain_hash


def entry_hash(entry: TrailEntry) -> str:
    """Return the SHA-256 of an entry's canonical JSON: keys sorted, no spaces, ASCII; it covers the hash before."""
    told = {
        "chain_previous": entry.chain_previous,
        "at": exact(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "source": entry.source,
        "subject": entry.subject,
        "detail": entry.detail,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()
