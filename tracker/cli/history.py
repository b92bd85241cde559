"""Asking the history: `tracker log`, `show`, `diff` and `changes`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracker.cli.output import AsJson, console, print_json, printable
from tracker.errors import UsageError
from tracker.words import ChangeState, Direction, Severity, Topic

if TYPE_CHECKING:
    from rich.text import Text
    from sqlmodel import Session

    from tracker.compare.model import Clause
    from tracker.daemon.history import Passage, Run, Step
    from tracker.settings import Settings
    from tracker.store.history import ChangeEntry, VersionEntry
    from tracker.store.tables import Change, SourceRow

SourceId = Annotated[str, typer.Argument(metavar="SOURCE", help="Id of the source; one that left the file too.")]
Topics = Annotated[
    list[Topic] | None, typer.Option("--topic", help="Only what is about this topic; may be given several times.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(log)
    app.command()(show)
    app.command()(diff)
    app.command()(changes)


@contextmanager
def _reading() -> "Iterator[tuple[Settings, Session]]":
    """Give the settings and a session that sees one state of the store."""
    from contextlib import closing

    from tracker.settings import load_settings
    from tracker.store.upgrade import open_store

    settings = load_settings()
    with closing(open_store(settings)) as database, database.read() as session:
        yield settings, session


def _names(settings: "Settings", row: "SourceRow") -> tuple[str, ...]:
    """Return the organisation's names: those of the sources file while it can be read, else what the store has."""
    from tracker.errors import SourcesError
    from tracker.sources.load import load_sources

    try:
        source = load_sources(settings.sources).source(row.id)
    except SourcesError:
        source = None
    if source is not None:
        return source.names
    return (row.organisation,) if row.organisation else ()


def _time(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}"


def _verdict_line(change: "Change") -> str:
    """Return weight, direction, topics and flags of a change in a few words."""
    from tracker.compare.model import Verdict
    from tracker.daemon.history import weightiest

    weight = weightiest(Verdict.from_json(change.verdict))
    parts = [weight.value if weight else "form only"]
    if change.severity != Severity.NONE:
        parts += [change.severity, change.direction]
    line = ", ".join([*parts, *change.flags, *([change.state] if change.state != ChangeState.CONFIRMED else [])])
    return f"{line}: {', '.join(change.topics)}" if change.topics else line


def _change_json(change: "Change") -> dict[str, Any]:
    from tracker.compare.model import Verdict
    from tracker.daemon.history import weightiest

    weight = weightiest(Verdict.from_json(change.verdict))
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


def log(source: SourceId, as_json: AsJson = False) -> None:
    """Show the history of a source: its versions in time order, and what each change meant."""
    from tracker.daemon.history import runs
    from tracker.store.sources import source_row

    with _reading() as (settings, session):
        row = source_row(session, source)
        assert row.key is not None
        past = runs(session, row.key)
        if as_json:
            print_json([_run_json(run) for run in past])
            return
        if not past:
            console().print(printable(f"{row.id} has no text yet."))
        for run in past:
            _print_run(run, settings.zone)


def _run_json(run: "Run") -> dict[str, Any]:
    return {
        "version": run.entry.number,
        "first_seen": run.first_seen.isoformat(),
        "last_seen": run.last_seen.isoformat(),
        "origins": list(run.origins),
        "words": run.entry.version.words,
        "stated_date": run.entry.version.stated_date,
        "effective_date": run.entry.version.effective_date,
        "change": None if run.change is None else _change_json(run.change),
    }


def _print_run(run: "Run", zone: ZoneInfo) -> None:
    from rich.text import Text

    out = console()
    if run.change is not None:
        out.print(Text(f"    change {run.change.id}  {_verdict_line(run.change)}"))
        out.print(Text(f"    {printable(run.change.summary)}"))
    version = run.entry.version
    line = Text(f"version {run.entry.number}", style="bold")
    seen = f"{_time(run.first_seen, zone)} to {_time(run.last_seen, zone)}"
    if run.first_seen == run.last_seen:
        seen = _time(run.first_seen, zone)
    stated = f"  dated {version.stated_date}" if version.stated_date else ""
    line.append(f"  {seen}  {', '.join(run.origins)}  {version.words:,} words{printable(stated)}", style="not bold")
    out.print(line)


def show(
    source: SourceId,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="The text that stood then.")] = None,
    version: Annotated[str | None, typer.Option("--version", metavar="N", help="The version of this number.")] = None,
    topic: Topics = None,
    as_json: AsJson = False,
) -> None:
    """Show a text of a source (the latest by default), or only its clauses about some topics."""
    from tracker.daemon.history import LATEST, passages, version_named
    from tracker.daemon.texts import load_document
    from tracker.store.sources import source_row

    if at is not None and version is not None:
        raise UsageError("give either --at or --version, not both")
    with _reading() as (settings, session):
        row = source_row(session, source)
        if at is not None:
            from tracker.daemon.history import read_moment, version_at

            entry = version_at(session, row, read_moment(at, settings.zone, end=True))
        else:
            entry = version_named(session, row, version or LATEST, settings.zone)
        assert entry.version.id is not None
        document = load_document(session, entry.version.id)
    if topic:
        found = passages(document, topic)
        if as_json:
            print_json({**_entry_json(row, entry), "clauses": [_passage_json(passage) for passage in found]})
        else:
            _print_head(row, entry, settings.zone)
            _print_passages(found, topic)
    elif as_json:
        print_json({**_entry_json(row, entry), "clauses": [_clause_json(clause) for clause in document.clauses]})
    else:
        _print_head(row, entry, settings.zone)
        _print_text(document.clauses)


def _entry_json(row: "SourceRow", entry: "VersionEntry") -> dict[str, Any]:
    return {
        "source": row.id,
        "name": row.name,
        "version": entry.number,
        "first_seen": entry.first_seen.isoformat(),
        "last_seen": entry.last_seen.isoformat(),
        "origins": list(entry.origins),
        "words": entry.version.words,
        "language": entry.version.language,
        "stated_date": entry.version.stated_date,
        "effective_date": entry.version.effective_date,
    }


def _clause_json(clause: "Clause") -> dict[str, Any]:
    return {
        "kind": clause.kind.value,
        "level": clause.level,
        "marker": clause.marker,
        "block": clause.block,
        "section": list(clause.section),
        "lead_in": clause.lead_in,
        "text": clause.text,
        "cells": list(clause.cells),
        "header": list(clause.header),
    }


def _passage_json(passage: "Passage") -> dict[str, Any]:
    topics = [topic.value for topic in passage.topics]
    return {**_clause_json(passage.clause), "topics": topics, "evidence": list(passage.evidence)}


def _print_head(row: "SourceRow", entry: "VersionEntry", zone: ZoneInfo) -> None:
    from rich.text import Text

    head = f"{row.name}: version {entry.number}, first seen {_time(entry.first_seen, zone)}, "
    head += f"last seen {_time(entry.last_seen, zone)}, {entry.version.words:,} words"
    console().print(Text(printable(head), style="dim"))


def _print_passages(found: "Sequence[Passage]", topics: Sequence[Topic]) -> None:
    from rich.text import Text

    out = console()
    if not found:
        out.print(f"No clause of this version is about {' or '.join(topic.value for topic in topics)}.")
    section: tuple[str, ...] | None = None
    lead_in = ""
    for passage in found:
        clause = passage.clause
        if clause.section != section:
            section, lead_in = clause.section, ""
            out.print()
            out.print(Text(printable(" > ".join(clause.section)) or "(before the first heading)", style="bold"))
        if clause.lead_in and clause.lead_in != lead_in:
            lead_in = clause.lead_in
            out.print(Text(f"  {printable(lead_in)}", style="dim"))
        out.print(_line(clause, indent=2))
        told = ", ".join(topic.value for topic in passage.topics)
        if passage.evidence:
            told += f"; by {', '.join(repr(phrase) for phrase in passage.evidence)}"
        out.print(Text(f"    [{printable(told)}]", style="dim"))


def _line(clause: "Clause", indent: int = 0, text: str | None = None) -> "Text":
    from rich.text import Text

    words = " | ".join(clause.cells) if clause.cells else (clause.text if text is None else text)
    marker = f"{clause.marker or '-'} " if clause.kind.value == "item" else f"{clause.marker} " if clause.marker else ""
    deep = indent + (2 * max(clause.level - 1, 0) if clause.kind.value == "item" else 0)
    return Text(f"{' ' * deep}{printable(marker + words)}")


def _print_text(clauses: "Sequence[Clause]") -> None:
    """Print a whole document block by block."""
    from itertools import groupby

    out = console()
    before = ""
    for _, group in groupby(clauses, key=lambda clause: clause.block):
        of_block = list(group)
        first = of_block[0]
        kind = first.kind.value
        if kind != before or kind not in {"item", "row"}:
            out.print()
        line = _line(first, text=" ".join(clause.text for clause in of_block))
        if kind in {"heading", "term"}:
            line.stylize("bold")
        out.print(line)
        before = kind


def diff(
    source: SourceId,
    a: Annotated[
        str | None, typer.Argument(metavar="[A]", help="Earlier text: number, date, previous. [default: previous]")
    ] = None,
    b: Annotated[
        str | None, typer.Argument(metavar="[B]", help="Later text: number, date, latest. [default: latest]")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="The last change by then.")] = None,
    change: Annotated[str | None, typer.Option("--change", metavar="ID", help="The change of this id.")] = None,
    topic: Topics = None,
    everything: Annotated[bool, typer.Option("--all", help="Show cosmetic changes and noise too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what changed in meaning between two texts of a source, clause by clause, with a redline."""
    from tracker.cli.verdicts import print_verdict

    if sum(given is not None for given in (a, at, change)) > 1:
        raise UsageError("give two texts, --at or --change, not several of them")
    with _reading() as (settings, session):
        step = _step(settings, session, source, (a, b), at, change)
        zone = settings.zone
    if as_json:
        print_json({**_step_json(source, step), **_filtered(step, topic or ())})
        return
    _print_step(step, zone)
    print_verdict(step.verdict, everything=everything, more="--all shows them", topics=topic or ())


def _step(
    settings: "Settings",
    session: "Session",
    source: str,
    pair: tuple[str | None, str | None],
    at: str | None,
    change: str | None,
) -> "Step":
    from tracker.daemon.history import LATEST, PREVIOUS, read_moment, step_at, step_between, step_of, version_named
    from tracker.store.history import change as change_of
    from tracker.store.sources import source_row

    row = source_row(session, source)
    if change is not None:
        found = change_of(session, change)
        if found.source.key != row.key:
            raise UsageError(f"change {found.change.id} is one of {found.source.id}, not of {row.id}")
        return step_of(session, found.change)
    if at is not None:
        return step_at(session, row, read_moment(at, settings.zone, end=True))
    before, after = (
        version_named(session, row, name, settings.zone) for name in (pair[0] or PREVIOUS, pair[1] or LATEST)
    )
    return step_between(session, row, before, after, _names(settings, row))


def _step_json(source: str, step: "Step") -> dict[str, Any]:
    return {
        "source": source,
        "before": None if step.before is None else step.before.number,
        "after": None if step.after is None else step.after.number,
        "change": None if step.change is None else _change_json(step.change),
    }


def _filtered(step: "Step", topics: Sequence[Topic]) -> dict[str, Any]:
    verdict = step.verdict.to_json()
    if topics:
        wanted = {topic.value for topic in topics}
        verdict["changes"] = [change for change in verdict["changes"] if wanted & set(change["topics"])]
    return {"verdict": verdict}


def _print_step(step: "Step", zone: ZoneInfo) -> None:
    from rich.text import Text

    before, after = (
        "a text read again" if entry is None else f"version {entry.number}" for entry in (step.before, step.after)
    )
    line = f"{before} -> {after}"
    if step.change is not None:
        seen = f"{_time(step.change.last_seen_before, zone)} and {_time(step.change.first_seen_after, zone)}"
        line += f", changed between {seen} (change {step.change.id}, {step.change.state})"
    console().print(Text(line, style="dim"))


def changes(
    since: Annotated[str | None, typer.Option(metavar="DATE", help="The new text was seen then or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Then or earlier.")] = None,
    source: Annotated[str | None, typer.Option(metavar="SOURCE", help="Of this source.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Of sources with this tag; any of several.")] = None,
    topic: Topics = None,
    severity: Annotated[Severity | None, typer.Option(help="At least so severe.")] = None,
    direction: Annotated[list[Direction] | None, typer.Option(help="Any of several.")] = None,
    state: Annotated[list[ChangeState] | None, typer.Option(help="Any of several.")] = None,
    material: Annotated[
        bool, typer.Option("--material/--all", help="Only what deserves an alert, or every change.")
    ] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="So many at most, the newest first.")] = None,
    as_json: AsJson = False,
) -> None:
    """List changes, the newest first: those that deserve an alert, or all of them."""
    from tracker.daemon.history import read_moment
    from tracker.store.history import changes as find

    with _reading() as (settings, session):
        zone = settings.zone
        found = find(
            session,
            since=read_moment(since, zone) if since else None,
            until=read_moment(until, zone, end=True) if until else None,
            source=source,
            tags=tag or (),
            topics=[wanted.value for wanted in topic or ()],
            severity=severity.value if severity else None,
            directions=[wanted.value for wanted in direction or ()],
            states=[wanted.value for wanted in state or ()],
            alert_only=material,
            limit=limit,
        )
    if as_json:
        print_json([{"source": entry.source.id, **_change_json(entry.change)} for entry in found])
        return
    if not found:
        console().print(
            "No change fits." if not material else "No change that deserves an alert fits; --all shows all."
        )
    for entry in found:
        _print_entry(entry, zone)


def _print_entry(entry: "ChangeEntry", zone: ZoneInfo) -> None:
    from rich.text import Text

    out = console()
    line = Text(f"{_time(entry.change.first_seen_after, zone)}  ")
    line.append(entry.source.id, style="bold")
    line.append(f"  {entry.change.id}  {_verdict_line(entry.change)}")
    out.print(line)
    out.print(Text(f"    {printable(entry.change.summary)}"))
