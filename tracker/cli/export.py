"""`tracker export`: takes the history out, for other programs."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from tracker.cli.output import data_output, printable
from tracker.cli.reading import Topics, reading, reading_runs, row_named
from tracker.counting import counted
from tracker.errors import UsageError, unwritable

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.export.rows import Row, Table
    from tracker.settings import Settings
    from tracker.store.schema.tables import SourceRow


class FileFormat(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="ID", help="Of this source; may be given several times.")
]
Tag = Annotated[str | None, typer.Option("--tag", help="Of sources with this tag.")]
Format = Annotated[FileFormat, typer.Option("--format", help="What to write.")]
Out = Annotated[str, typer.Option("--out", metavar="FILE", help="Where to; - is stdout.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Take the history out, for other programs.")
    group.callback(invoke_without_command=True)(everything)
    group.command("changes")(changes)
    group.command("clauses")(clauses)
    group.command("facts")(facts)
    group.command("git")(git)
    group.command("warc")(warc)
    app.add_typer(group, name="export")


def everything(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Option("--all", metavar="FILE", help="Write the whole store to a file for `import all`.")
    ] = None,
) -> None:
    """Take the history out, for other programs."""
    if context.invoked_subcommand is not None:
        if file is not None:
            raise UsageError("--all stands alone: it takes everything")
        return
    if file is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)
    if file.exists():
        raise UsageError(f"{file} exists already; name another file")
    from contextlib import closing

    from tracker.cli.storekeeping import shown_rows
    from tracker.settings import load_settings
    from tracker.store.upkeep.portable import write_portable
    from tracker.store.upkeep.upgrade import existing_store

    store = existing_store(load_settings())
    with closing(store), _whole(file) as part, part.open("wb") as out, shown_rows(quiet=False) as show:
        counts = write_portable(store, out, show)
    typer.echo(printable(f"{file}: {counted(sum(counts.values()), 'row')} of {counted(len(counts), 'table')}."))


def changes(
    source: Sources = None,
    tag: Tag = None,
    topic: Topics = None,
    since: Annotated[str | None, typer.Option("--since", metavar="T", help="First seen then or later.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="T", help="First seen then or earlier.")] = None,
    material: Annotated[bool, typer.Option("--material", help="Only what deserves an alert.")] = False,
    file_format: Format = FileFormat.JSONL,
    out: Out = "-",
) -> None:
    """Write every change with its verdict, the newest first; JSON Lines hold its clauses too."""
    from tracker.export.rows import CHANGES, change_row, with_clauses
    from tracker.history.steps import read_moment
    from tracker.store.history.history import ChangeFilter, change_stream

    with reading() as (settings, session):
        wanted = ChangeFilter(
            since=read_moment(since, settings.zone) if since else None,
            until=read_moment(until, settings.zone, end=True) if until else None,
            topics=[one.value for one in topic or ()],
            material=material,
        )
        entries = change_stream(session, wanted, _keys(settings, session, source, tag))
        if file_format is FileFormat.JSONL:
            _write(CHANGES, (with_clauses(change_row(entry), entry) for entry in entries), file_format, out)
        else:
            _write(CHANGES, (change_row(entry) for entry in entries), file_format, out)


def clauses(
    source: Sources = None,
    tag: Tag = None,
    topic: Topics = None,
    since: Annotated[str | None, typer.Option(metavar="T", help="Those that still stood at this time.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Those that had appeared by this time.")] = None,
    file_format: Format = FileFormat.JSONL,
    out: Out = "-",
) -> None:
    """Write each clause of the sources with when it appeared and when it went."""
    from tracker.export.rows import CLAUSES, clause_row
    from tracker.history.steps import read_moment
    from tracker.store.texts.clause_stream import clause_stream
    from tracker.words import Topic

    with reading_runs() as (settings, session):
        found = clause_stream(
            session,
            source_keys=_keys(settings, session, source, tag),
            since=read_moment(since, settings.zone) if since else None,
            until=read_moment(until, settings.zone, end=True) if until else None,
        )
        mask = Topic.mask(topic or ())
        _write(CLAUSES, (clause_row(*one) for one in found if not mask or one[1].topics & mask), file_format, out)


def facts(source: Sources = None, tag: Tag = None, file_format: Format = FileFormat.JSONL, out: Out = "-") -> None:
    """Write the facts that the texts in force state, each with the clauses that state it."""
    from tracker.export.rows import FACTS, fact_rows

    with reading() as (settings, session):
        _write(FACTS, fact_rows(session, _rows(settings, session, source, tag)), file_format, out)


def git(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A missing or empty folder, or one written before.")],
    source: Sources = None,
    tag: Tag = None,
) -> None:
    """Write the history to a bare Git repository, one commit for each text observed; add what is new since."""
    from tracker.export.git import write_repository

    with reading() as (settings, session):
        count = write_repository(session, _rows(settings, session, source, tag), folder)
    typer.echo(printable(f"{folder}: {counted(count, 'new commit')}"))


def warc(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The .warc.gz file to write.")],
    source: Sources = None,
    tag: Tag = None,
) -> None:
    """Write every capture with its headers as a WARC file, for tools that replay web archives."""
    from tracker.export.warc import write_warc

    with reading() as (settings, session):
        rows = _rows(settings, session, source, tag)
        with _whole(file) as part, part.open("wb") as out:
            written, removed = write_warc(session, rows, out)
    left_out = f", {removed:,} left out whose bytes a retention rule removed" if removed else ""
    typer.echo(printable(f"{file}: {counted(written, 'capture')}{left_out}"))


def _rows(settings: "Settings", session: "Session", source: list[str] | None, tag: str | None) -> "list[SourceRow]":
    from tracker.store.history.sources import all_sources

    rows = [row_named(settings, session, ident) for ident in source] if source else all_sources(session)
    return [row for row in rows if tag is None or tag in row.tags]


def _keys(settings: "Settings", session: "Session", source: list[str] | None, tag: str | None) -> list[int] | None:
    if not source and tag is None:
        return None
    return [row.key for row in _rows(settings, session, source, tag) if row.key is not None]


def _write(table: "Table", rows: "Iterable[Row]", file_format: FileFormat, out: str) -> None:
    from tracker.export.rows import write_csv, write_jsonl, write_parquet

    if file_format is FileFormat.PARQUET:
        if out == "-":
            raise UsageError("Parquet is no text; name a file with --out")
        with _whole(Path(out)) as part:
            write_parquet(table, rows, part)
        return
    with _opened(out) as file:
        if file_format is FileFormat.CSV:
            write_csv(table, rows, file)
        else:
            write_jsonl(rows, file)


@contextmanager
def _opened(out: str) -> Iterator[TextIO]:
    """Give the file to write to, `-` standing for standard output."""
    if out == "-":
        yield data_output()
        return
    with _whole(Path(out)) as part, part.open("w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a file that takes the place of another once it is whole; half a file is never left."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise unwritable(path, error) from None
    part = Path(name)
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        part.unlink(missing_ok=True)
