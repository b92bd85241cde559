"""`tracker triage`: where changes stand in people's work."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, console, print_json, printable
from tracker.cli.reading import in_words, reading, row_named, time_text, user_name, writing
from tracker.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tracker.store.people.triage import QueueEntry

_JUDGED = {"severity", "direction", "flags", "topics"}


class State(StrEnum):
    """Where a change stands."""

    NEW = "new"
    SEEN = "seen"
    DISMISSED = "dismissed"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(triage)


def triage(
    change: Annotated[str | None, typer.Argument(metavar="[CHANGE]", help="Id of a change, or its beginning.")] = None,
    state: Annotated[State | None, typer.Option(help="Where it stands now; with --list: only those.")] = None,
    assign: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose it is, '' for nobody's; with --list: only theirs.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="What is to be known, in your words.")] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who says so. [default: the user's name]")] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Show the queue: the weightiest first, then the oldest.")
    ] = False,
    source: Annotated[str | None, typer.Option(metavar="ID", help="With --list: of this source.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="With --list: what deserves no alert, and history that was filled in, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say that a change was seen or dismissed and whose it is, or show the queue of changes to look at."""
    if (change is None) != list_:
        raise UsageError("name a change, or give --list")
    if list_ and (note is not None or by is not None):
        raise UsageError("--note and --by go with a change")
    if change is None:
        _list(state or State.NEW, assign, source, everything=everything, as_json=as_json)
    elif source is not None or everything:
        raise UsageError("--source and --all go with --list")
    else:
        _decide(change, state, assign, note, by, as_json=as_json)


def _decide(
    change: str, state: State | None, assign: str | None, note: str | None, by: str | None, *, as_json: bool
) -> None:
    from tracker.clock import SystemClock
    from tracker.history.mutes import as_command
    from tracker.history.triage import Decision, decide

    decision = Decision(user_name() if by is None else by, state.value if state else None, assign, note)
    with writing() as (_, session):
        entry, row = decide(session, change, decision, SystemClock().now())
    if as_json:
        told = {"change": entry.change.id, "source": entry.source.id, "state": row.state, "assignee": row.assignee}
        print_json(told | {"note": row.note, "by": row.by, "at": row.at.isoformat()})
        return
    whose = f", {row.assignee}'s" if row.assignee else ""
    console().print(printable(f"{entry.source.id} {entry.change.id}: {row.state}{whose}"))
    if state is State.DISMISSED and entry.change.topics:
        command = as_command(entry.change, entry.source.id)
        console().print(printable(f"Not relevant at all? To hear no more of it: {command}"))


def _list(state: State, assign: str | None, source: str | None, *, everything: bool, as_json: bool) -> None:
    from tracker.store.people.triage import NOBODY, QueueFilter, queue

    with reading() as (settings, session):
        wanted = QueueFilter(
            states=(state.value,),
            assignee=NOBODY if assign == "" else assign,
            source=row_named(settings, session, source).id if source else None,
            material=not everything,
            history=everything,
        )
        found = queue(session, wanted)
    if as_json:
        print_json([entry_json(one) for one in found])
        return
    if not found:
        console().print("The queue is empty.")
        return
    for one in found:
        _print_entry(one, settings.zone)


def _print_entry(one: "QueueEntry", zone: "ZoneInfo") -> None:
    """Print a change as `tracker changes` does, by what the queue knows of it without reading its verdict."""
    change = one.change
    judged = in_words("material" if change.alert else "no alert", change.model_dump(include=_JUDGED))
    console().print(printable(f"{time_text(change.first_seen_after, zone)}  {one.source.id}  {change.id}  {judged}"))
    console().print(printable(f"    {change.summary}"))
    whose = f", {one.assignee}'s" if one.assignee else ""
    if one.state != State.NEW.value or whose or one.note:
        console().print(printable(f"    {one.state}{whose}{': ' if one.note else ''}{one.note}"))


def entry_json(one: "QueueEntry") -> dict[str, Any]:
    """Return an entry of the queue as plain data."""
    change = one.change
    return {
        "change": change.id,
        "source": one.source.id,
        "first_seen_after": change.first_seen_after.isoformat(),
        "change_state": change.state,
        "alert": change.alert,
        "severity": change.severity,
        "direction": change.direction,
        "topics": change.topics,
        "summary": change.summary,
        "state": one.state,
        "assignee": one.assignee,
        "note": one.note,
        "by": one.triage.by if one.triage else "",
        "at": one.triage.at.isoformat() if one.triage else None,
    }
