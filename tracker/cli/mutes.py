"""`tracker mute`, `tracker unmute`, `tracker ack`: what nobody wants to hear of, and what somebody has taken up."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, console, print_json, print_table, printable
from tracker.cli.reading import reading, row_named, time_text, user_name, writing
from tracker.errors import UsageError
from tracker.words import Topic

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tracker.store.schema.tables import SourceRow
    from tracker.store.work.mutes import MuteEntry

OneSource = Annotated[str | None, typer.Argument(metavar="[SOURCE]", help="Id of a source. [default: every source]")]
MutedTopics = Annotated[
    list[Topic] | None,
    typer.Option("--topic", metavar="TOPIC", help="What is not to be heard of; may be given again."),
]
By = Annotated[str | None, typer.Option(metavar="NAME", help="Who says so. [default: the user's name]")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(mute)
    app.command()(unmute)
    app.command()(ack)


def mute(
    source: OneSource = None,
    topic: MutedTopics = None,
    change: Annotated[
        str | None, typer.Option(metavar="CHANGE", help="Mute what this change is about, of its source alone.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day from which alerts are sent again; else never.")
    ] = None,
    note: Annotated[str, typer.Option(help="Why, in your words.")] = "",
    by: By = None,
    list_: Annotated[bool, typer.Option("--list", help="List the mutes in force.")] = False,
    as_json: AsJson = False,
) -> None:
    """Alert nobody of some topics, of a source or of all; without a topic, of nothing that a source changes."""
    given = (source, topic, change)
    if list_ and any(one is not None for one in given[1:]):
        raise UsageError("--list goes with a source at most")
    if change is not None and (source is not None or topic):
        raise UsageError("--change names source and topics itself")
    if list_:
        _list(source, as_json=as_json)
    elif not any(given):
        raise UsageError("name a source, a --topic or a --change; --list shows what is muted")
    else:
        _mute(source, tuple(topic or ()), change, until, note, by, as_json=as_json)


def _mute(
    source: str | None,
    topics: tuple[Topic, ...],
    change: str | None,
    until: datetime | None,
    note: str,
    by: str | None,
    *,
    as_json: bool,
) -> None:
    from tracker.clock import SystemClock
    from tracker.history.mutes import Muting, mute_topics, narrowest
    from tracker.history.source_deeds import SourceDeed, do_to_source
    from tracker.store.history.history import change as change_of

    who, now = user_name() if by is None else by, SystemClock().now()
    with writing() as (settings, session):
        end = until.replace(tzinfo=settings.zone) if until else None
        if change is not None:
            entry = change_of(session, change)
            source, topics = entry.source.id, narrowest(entry.change)
        elif source is not None:
            source = row_named(settings, session, source).id
        if topics:
            mute_topics(session, source, Muting(who, topics, end, note), now)
        else:
            assert source is not None
            do_to_source(session, source, SourceDeed.MUTE, by=who, now=now, until=end)
    told = {"source": source, "topics": [topic.value for topic in topics], "until": end.isoformat() if end else None}
    if as_json:
        print_json(told)
        return
    what = ", ".join(topic.value for topic in topics) or "all alerts"
    span = f" until {end:%Y-%m-%d}" if end else ""
    console().print(printable(f"{source or 'every source'}: {what} muted{span}"))


def unmute(
    source: OneSource = None,
    topic: MutedTopics = None,
    by: By = None,
) -> None:
    """End mutes: of topics of a source or of those that hold for all; without a topic, that of a whole source."""
    from tracker.clock import SystemClock
    from tracker.history.mutes import unmute_topics
    from tracker.history.source_deeds import SourceDeed, do_to_source

    if source is None and not topic:
        raise UsageError("name a source or a --topic; `tracker mute --list` shows what is muted")
    who, now = user_name() if by is None else by, SystemClock().now()
    with writing() as (settings, session):
        ident = row_named(settings, session, source).id if source is not None else None
        if topic:
            unmute_topics(session, ident, topic, by=who, now=now)
        else:
            assert ident is not None
            do_to_source(session, ident, SourceDeed.UNMUTE, by=who, now=now)
    what = ", ".join(one.value for one in topic or ()) or "all alerts"
    console().print(printable(f"{ident or 'every source'}: {what} no longer muted"))


def _list(source: str | None, *, as_json: bool) -> None:
    from tracker.clock import SystemClock
    from tracker.store.work.mutes import muted_sources, mutes_in_force

    now = SystemClock().now()
    with reading() as (settings, session):
        key = row_named(settings, session, source).key if source is not None else None
        topics = mutes_in_force(session, now, source_key=key)
        whole = [row for row in muted_sources(session, now) if key in (None, row.key)]
    if as_json:
        print_json([*(_whole_json(row) for row in whole), *(_mute_json(entry) for entry in topics)])
        return
    if not topics and not whole:
        console().print("Nothing is muted.")
        return
    rows = [("", row.id, "all alerts", _end(row.muted_until, settings.zone), "", "") for row in whole]
    for entry in topics:
        mute = entry.mute
        until = _end(mute.until, settings.zone)
        rows.append((str(mute.id), entry.source or "every source", mute.topic, until, mute.by, mute.note))
    print_table(("id", "source", "what", "until", "by", "note"), rows)


def _end(moment: datetime | None, zone: "ZoneInfo") -> str:
    from tracker.history.source_deeds import FOR_EVER

    return "" if moment is None or moment >= FOR_EVER else time_text(moment, zone)


def _mute_json(entry: "MuteEntry") -> dict[str, Any]:
    mute = entry.mute
    until = mute.until.isoformat() if mute.until else None
    told = {"id": mute.id, "source": entry.source, "topic": mute.topic, "until": until}
    return told | {"by": mute.by, "note": mute.note, "at": mute.at.isoformat()}


def _whole_json(row: "SourceRow") -> dict[str, Any]:
    from tracker.history.source_deeds import FOR_EVER

    until = row.muted_until.isoformat() if row.muted_until and row.muted_until < FOR_EVER else None
    return {"id": None, "source": row.id, "topic": None, "until": until, "by": None, "note": None, "at": None}


def ack(
    changes: Annotated[list[str], typer.Argument(metavar="CHANGE...", help="Ids of changes, or their beginnings.")],
    note: Annotated[str | None, typer.Option(help="What is to be known, in your words.")] = None,
    by: By = None,
) -> None:
    """Acknowledge changes: somebody has seen them, so nobody else is called."""
    from tracker.clock import SystemClock
    from tracker.history.triage import Decision, decide

    decision = Decision(user_name() if by is None else by, "seen", None, note)
    now = SystemClock().now()
    with writing() as (_, session):
        found = [decide(session, ident, decision, now)[0] for ident in changes]
    for entry in found:
        console().print(printable(f"{entry.source.id} {entry.change.id}: acknowledged"))
