"""What the commands that read the history share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracker.cli.output import console, printable
from tracker.words import ChangeState, Severity, Topic

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.settings import Settings
    from tracker.sources.model import Source
    from tracker.store.database import Database
    from tracker.store.history.history import ChangeEntry
    from tracker.store.schema.tables import Change, SourceRow

SourceId = Annotated[str, typer.Argument(metavar="SOURCE", help="Id of the source; one that left the file too.")]
Topics = Annotated[
    list[Topic] | None,
    typer.Option("--topic", metavar="TOPIC", help="Only what is about this topic; may be given several times."),
]

#: States that a reader has to know of; whether a change was seen live or in an archive its origin says.
UNSETTLED = {ChangeState.AWAITING, ChangeState.FLAPPING, ChangeState.SUPERSEDED}


@contextmanager
def opened_store() -> "Iterator[tuple[Settings, Database]]":
    """Give the settings, whose words are then in force, and the store, which is closed at the end."""
    from contextlib import closing

    from tracker.compare.vocabulary.lexicons import activate, load
    from tracker.settings import load_settings
    from tracker.store.upkeep.upgrade import open_store

    settings = load_settings()
    activate(load(settings.lexicon_overlays))
    with closing(open_store(settings)) as database:
        yield settings, database


@contextmanager
def reading() -> "Iterator[tuple[Settings, Session]]":
    """Give the settings, and a session that sees one state of the store."""
    with opened_store() as (settings, database), database.read() as session:
        yield settings, session


@contextmanager
def writing() -> "Iterator[tuple[Settings, Session]]":
    """Give the settings, and a session whose work is one transaction."""
    with opened_store() as (settings, database), database.write() as session:
        yield settings, session


@contextmanager
def reading_runs() -> "Iterator[tuple[Settings, Session]]":
    """Give the same as `reading`, after the runs of clauses were brought up to date."""
    from tracker.history.clause_runs import refresh_stale_runs

    with opened_store() as (settings, database):
        refresh_stale_runs(database)
        with database.read() as session:
            yield settings, session


def user_name() -> str:
    """Return the name of the operating system's user; blank where it is not known."""
    from getpass import getuser

    try:
        return getuser()
    except (OSError, KeyError, ImportError):  # none is set, and the system knows none
        return ""


def listed(settings: "Settings", ident: str) -> "Source | None":
    """Return the source with this id or former id, if the sources file can be read and has it."""
    from tracker.errors import SourcesError
    from tracker.sources.load import load_sources

    try:
        return load_sources(settings.sources).source(ident)
    except SourcesError:
        return None


def row_named(settings: "Settings", session: "Session", ident: str) -> "SourceRow":
    """Return a source of the store by its id, or by a former one that the sources file knows.

    Raises:
        UnknownSourceError: there is none; the message names ids that look alike.

    """
    from tracker.errors import UnknownSourceError
    from tracker.store.history.sources import source_row

    try:
        return source_row(session, ident)
    except UnknownSourceError:
        renamed = listed(settings, ident)
        if renamed is None or renamed.id == ident:
            raise
        return source_row(session, renamed.id)


def time_text(moment: datetime, zone: ZoneInfo) -> str:
    """Return a time as people of a zone read it."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def judged_line(verdict: dict[str, Any]) -> str:
    """Return class of the weightiest clause, severity, direction, flags and topics of a verdict in a few words."""
    from tracker.history.steps import weightiest

    weight = weightiest(verdict)
    return in_words(weight.value if weight else "form only", verdict)


def in_words(first: str, verdict: Mapping[str, Any]) -> str:
    """Return what a verdict comes to, beginning with some words: severity, direction, flags and topics."""
    parts = [first]
    if verdict["severity"] != Severity.NONE:
        parts += [verdict["severity"], verdict["direction"]]
    line = ", ".join([*parts, *verdict["flags"]])
    return f"{line}: {', '.join(verdict['topics'])}" if verdict["topics"] else line


def verdict_line(change: "Change") -> str:
    """Return what a change is judged as, and its state where a reader has to know of it."""
    state = [change.state] if change.state in UNSETTLED else []
    return judged_line(change.verdict | {"flags": [*change.flags, *state]})


def print_change_head(entry: "ChangeEntry", zone: ZoneInfo) -> None:
    """Print when a change came, of which source, its verdict and its summary."""
    from rich.text import Text

    line = Text(f"{time_text(entry.change.first_seen_after, zone)}  ")
    line.append(entry.source.id, style="bold")
    line.append(f"  {entry.change.id}  {verdict_line(entry.change)}")
    console().print(line)
    console().print(Text(f"    {printable(entry.change.summary)}"))


def change_json(change: "Change") -> dict[str, Any]:
    """Return a change as plain data, without its clauses."""
    from tracker.history.steps import weightiest

    weight = weightiest(change.verdict)
    return {
        "id": change.id,
        "last_seen_before": change.last_seen_before.isoformat(),
        "first_seen_after": change.first_seen_after.isoformat(),
        "state": change.state,
        "alert": change.alert,
        "class": weight.value if weight else None,
        "severity": change.severity,
        "direction": change.direction,
        "topics": change.topics,
        "flags": change.flags,
        "summary": change.summary,
    }
