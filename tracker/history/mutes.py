"""Mutes of topics: what people do not want to hear of, of one source or of all; each is entered into the trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from tracker.errors import UsageError
from tracker.store.history.sources import source_row
from tracker.store.people.trail import append
from tracker.store.schema.routing_tables import Mute
from tracker.store.schema.tables import Change
from tracker.store.work.mutes import MuteEntry, add_mute, end_mute, mutes_in_force, withdraw_muted
from tracker.words import Topic

LONGEST_NOTE = 5_000


@dataclass(frozen=True, slots=True)
class Muting:
    """What is muted, by whom, until when and why."""

    by: str
    topics: tuple[Topic, ...]
    until: datetime | None = None  #: None has no end
    note: str = ""

    def __post_init__(self) -> None:
        if not self.topics:
            raise UsageError("name at least one topic")
        if len(self.note) > LONGEST_NOTE:
            raise UsageError(f"a note has {LONGEST_NOTE:,} characters at most")


def mute_topics(session: Session, source: str | None, muting: Muting, now: datetime) -> list[Mute]:
    """Alert nobody of changes that are about nothing but these topics; return the mutes, one per topic.

    What waits to be sent for the first time is withdrawn.

    Args:
        session: of a writer.
        source: id of the source; None mutes the topics of every source.
        muting: what.
        now: when.

    Raises:
        UnknownSourceError: no source has this id.
        UsageError: the end has passed already.

    """
    row = source_row(session, source) if source is not None else None
    if muting.until is not None and muting.until <= now:
        raise UsageError("the end of the mute has passed already")
    until = muting.until.astimezone(UTC) if muting.until is not None else None
    key = row.key if row is not None else None
    mutes = [
        add_mute(session, source_key=key, topic=topic.value, until=until, by=muting.by, note=muting.note, at=now)
        for topic in muting.topics
    ]
    append(
        session,
        at=now,
        actor=muting.by,
        action="mute.add",
        source=row.id if row is not None else "",
        subject=", ".join(topic.value for topic in muting.topics),
        detail={"until": f"{muting.until:%Y-%m-%d}" if muting.until else "", "note": muting.note},
    )
    withdraw_muted(session, now, key)
    return mutes


def unmute(session: Session, ident: int, *, by: str, now: datetime) -> MuteEntry:
    """End a mute of a topic by its number. The session is of a writer.

    Raises:
        UsageError: there is none of this number in force.

    """
    entry = end_mute(session, ident, now)
    source, topic = entry.source or "", entry.mute.topic
    append(session, at=now, actor=by, action="mute.end", source=source, subject=topic, detail={"mute": ident})
    return entry


def unmute_topics(
    session: Session, source: str | None, topics: Sequence[Topic], *, by: str, now: datetime
) -> list[MuteEntry]:
    """End the mutes of topics of a source, or of those that hold for all. The session is of a writer.

    Raises:
        UnknownSourceError: no source has this id.
        UsageError: a topic is not muted there.

    """
    key = source_row(session, source).key if source is not None else None
    entries = []
    for topic in topics:
        found = [
            entry.mute.id
            for entry in mutes_in_force(session, now, source_key=key)
            if entry.mute.topic == topic.value and entry.mute.source_key == key and entry.mute.id is not None
        ]
        if not found:
            where = source if source is not None else "all sources"
            raise UsageError(f"{topic.value} is not muted for {where}; `tracker mute --list` shows what is")
        entries += [unmute(session, ident, by=by, now=now) for ident in found]
    return entries


def narrowest(change: Change) -> tuple[Topic, ...]:
    """Return the topics whose mute, of its source alone, would have kept a change silent: the least one may mute."""
    return tuple(Topic(topic) for topic in change.topics)


def as_command(change: Change, source: str) -> str:
    """Return the command that mutes no more than what a change is about."""
    topics = " ".join(f"--topic {topic.value}" for topic in narrowest(change))
    return f"tracker mute {source} {topics}".rstrip()
