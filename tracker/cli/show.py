"""`tracker show`: a text as it stood, or what it says about some topics."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracker.cli.output import AsJson, console, print_json, printable
from tracker.cli.reading import SourceId, Topics, reading, row_named, time_text
from tracker.counting import counted
from tracker.errors import UsageError
from tracker.words import Topic

if TYPE_CHECKING:
    from rich.text import Text

    from tracker.compare.model import Clause
    from tracker.history.steps import Passage
    from tracker.store.history.history import VersionEntry
    from tracker.store.schema.tables import SourceRow


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(show)


def show(
    source: SourceId,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="The text that stood then.")] = None,
    version: Annotated[str | None, typer.Option("--version", metavar="N", help="The version of this number.")] = None,
    topic: Topics = None,
    as_json: AsJson = False,
) -> None:
    """Show a text of a source (the latest by default), or only its clauses about some topics."""
    from tracker.history.noise import volatile_places
    from tracker.history.steps import LATEST, passages, version_named
    from tracker.history.texts import load_document

    if at is not None and version is not None:
        raise UsageError("give either --at or --version, not both")
    with reading() as (settings, session):
        row = row_named(settings, session, source)
        if at is not None:
            from tracker.history.steps import read_moment, version_at

            entry = version_at(session, row, read_moment(at, settings.zone, end=True))
        else:
            entry = version_named(session, row, version or LATEST, settings.zone)
        assert entry.version.id is not None
        document = load_document(session, entry.version.id)
        moving = volatile_places(session, row, document)
    if topic:
        found = passages(document, topic)
        if as_json:
            print_json({**_entry_json(row, entry), "clauses": [_passage_json(passage) for passage in found]})
        else:
            _print_head(row, entry, settings.zone)
            _print_passages(found, topic)
    elif as_json:
        told = [_clause_json(clause) | {"volatile": at in moving} for at, clause in enumerate(document.clauses)]
        print_json({**_entry_json(row, entry), "clauses": told})
    else:
        _print_head(row, entry, settings.zone)
        _print_text(document.clauses, moving)


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
    told = {"section": list(passage.section), "topics": topics, "evidence": list(passage.evidence)}
    return _clause_json(passage.clause) | told


def _print_head(row: "SourceRow", entry: "VersionEntry", zone: ZoneInfo) -> None:
    from rich.text import Text

    head = f"{row.name}: version {entry.number}, first seen {time_text(entry.first_seen, zone)}, "
    head += f"last seen {time_text(entry.last_seen, zone)}, {counted(entry.version.words, 'word')}"
    head += f", dated {entry.version.stated_date}" if entry.version.stated_date else ""
    head += f", effective {entry.version.effective_date}" if entry.version.effective_date else ""
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
        if passage.section != section:
            section, lead_in = passage.section, ""
            out.print()
            out.print(Text(printable(" > ".join(section)) or "(before the first heading)", style="bold"))
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


def _print_text(clauses: "Sequence[Clause]", moving: Collection[int]) -> None:
    """Print a whole document block by block; `moving` are the places of volatile clauses."""
    from itertools import groupby

    out = console()
    before = ""
    at = 0
    for _, group in groupby(clauses, key=lambda clause: clause.block):
        of_block = list(group)
        volatile = any(place in moving for place in range(at, at + len(of_block)))
        at += len(of_block)
        first = of_block[0]
        kind = first.kind.value
        if kind != before or kind not in {"item", "row"}:
            out.print()
        line = _line(first, text=" ".join(clause.text for clause in of_block))
        if kind in {"heading", "term"}:
            line.stylize("bold")
        if volatile:
            line.append("  [volatile]", style="dim")
        out.print(line)
        before = kind
