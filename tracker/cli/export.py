"""`tracker export`: takes the history out, for other programs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from tracker.cli.reading import reading, row_named
from tracker.errors import UsageError


class FileFormat(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Take the history out, for other programs.", no_args_is_help=True)
    group.callback()(_group)
    group.command("clauses")(clauses)
    app.add_typer(group, name="export")


def _group() -> None:
    """Take the history out, for other programs."""


def clauses(
    source: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Of this source; may be given several times.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="T", help="Those that still stood at this time.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Those that had appeared by this time.")] = None,
    file_format: Annotated[FileFormat, typer.Option("--format", help="What to write.")] = FileFormat.JSONL,
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to; - is stdout.")] = "-",
) -> None:
    """Write each clause of the sources with when it appeared and when it went."""
    from tracker.export.clauses import clause_row, write_csv, write_jsonl
    from tracker.history.steps import read_moment
    from tracker.store.clause_stream import clause_stream

    with reading() as (settings, session):
        keys = [
            row.key for row in (row_named(settings, session, ident) for ident in source or ()) if row.key is not None
        ]
        found = clause_stream(
            session,
            source_keys=keys if source else None,
            since=read_moment(since, settings.zone) if since else None,
            until=read_moment(until, settings.zone, end=True) if until else None,
        )
        write = write_csv if file_format is FileFormat.CSV else write_jsonl
        with _opened(out) as file:
            write((clause_row(*one) for one in found), file)


@contextmanager
def _opened(out: str) -> Iterator[TextIO]:
    """Give the file to write to, `-` standing for standard output."""
    if out == "-":
        yield sys.stdout
        return
    try:
        with Path(out).open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}") from error
