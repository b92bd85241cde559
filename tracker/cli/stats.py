"""`tracker stats`: how much changed, where, when and for whom."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, console, data_output, print_json, print_table
from tracker.cli.reading import reading, row_named

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.history.stats import StatLine, Stats
    from tracker.settings import Settings

#: Written here, so that help needs no room of the history; a test holds it to `history.stats.By`.
BY = ("source", "topic", "year", "month", "tag", "severity", "direction")

#: The table has to fit 80 characters, so its heads are short.
LEGEND = (
    "all changes, ↓ weaker, ↑ stronger, ↕ mixed; days (median) since the change before",
    "texts: versions seen first, seen: observations, kept: captures",
)


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(stats)


def stats(
    what: Annotated[
        str, typer.Argument(metavar="[changes|storage]", help="Count changes, or tell what the store's bytes are for.")
    ] = "changes",
    by: Annotated[str, typer.Option(metavar="|".join(BY), help="What the lines are.")] = "source",
    since: Annotated[str | None, typer.Option(metavar="DATE", help="The new text was seen then or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Then or earlier.")] = None,
    source: Annotated[list[str] | None, typer.Option(metavar="SOURCE", help="Of this source; any of several.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Of sources with this tag; any of several.")] = None,
    csv_file: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write the lines as CSV; - is standard output.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count changes, material ones, their directions, those that deserve an alert (sent or not), texts and captures."""
    from tracker.errors import UsageError

    if what == "storage":
        _storage(as_json=as_json)
        return
    if what != "changes":
        raise UsageError(f"{what!r} is neither changes nor storage")
    from tracker.history.stats import By, stats_json
    from tracker.history.stats import stats as count
    from tracker.history.steps import read_moment

    if by not in BY:
        raise UsageError(f"--by {by!r} is none of {', '.join(BY)}")
    if csv_file is not None and as_json:
        raise UsageError("--csv and --json cannot both be given")
    with reading() as (settings, session):
        found = count(
            session,
            By(by),
            since=read_moment(since, settings.zone) if since else None,
            until=read_moment(until, settings.zone, end=True) if until else None,
            source_keys=_wanted(settings, session, source or (), tag or ()),
            zone=settings.zone,
        )
    if as_json:
        print_json(stats_json(found))
    elif csv_file is not None:
        _write(csv_file, stats_csv(found))
    else:
        _print(found)


def _wanted(
    settings: "Settings", session: "Session", sources: "list[str] | tuple[()]", tags: "list[str] | tuple[()]"
) -> list[int] | None:
    """Return the keys of the sources that fit; None for all."""
    from tracker.store.history.sources import all_sources

    if not sources and not tags:
        return None
    named = {row_named(settings, session, ident).id for ident in sources}
    rows = all_sources(session, tags=tuple(tags))
    return [row.key for row in rows if row.key is not None and (not named or row.id in named)]


def stats_csv(found: "Stats") -> str:
    """Return the lines as CSV with a head; no cell is a formula to a spreadsheet."""
    from tracker.export.spreadsheet import safe_cell
    from tracker.history.stats import COLUMNS, line_values

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([found.by.value, *COLUMNS])
    for line in found.lines:
        writer.writerow([safe_cell(line.name), *(safe_cell(value) for value in line_values(line).values())])
    return out.getvalue()


def _write(file: str, text: str) -> None:
    from tracker.errors import unwritable

    if file == "-":
        data_output().write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise unwritable(file, error) from None


def _storage(*, as_json: bool) -> None:
    from tracker.store.upkeep.storage import storage_report

    with reading() as (_settings, session):
        found = storage_report(session)
    if as_json:
        print_json(found.to_json())
        return
    whole = found.whole
    print_table(("what", "rows"), [(name, f"{count:,}") for name, count in whole.rows])
    print_table(("content", "bytes"), [(name, f"{size:,}") for name, size in found.parts])
    if found.sources:
        heads = ("source", "captures", "bytes as they came", "as stored")
        rows = [(one.source, one.captures, f"{one.plain_bytes:,}", f"{one.stored_bytes:,}") for one in found.sources]
        print_table(heads, rows)
    if whole.stored_bytes:
        console().print(
            f"Captures: {whole.plain_bytes:,} bytes as they came, {whole.stored_bytes:,} as stored "
            f"({whole.plain_bytes / whole.stored_bytes:.1f} : 1), {found.removed} without bytes by the retention rule."
        )
    if whole.database_bytes is not None:
        free = f", of which `tracker maintain` gives back {found.free_bytes:,}" if found.free_bytes else ""
        console().print(f"The whole store: {whole.database_bytes:,} bytes{free}.")


def _print(found: "Stats") -> None:
    if not found.total.counts.changes and not found.total.observations:
        console().print("Nothing is known of that part of the history.")
        return
    heads = ["all", "material", "↓", "↑", "↕", "alerts", "silent", "days"]
    dated = any(line.versions is not None for line in found.lines)
    beside = ["texts", "seen", "kept"] if dated else []
    lines = [*found.lines, found.total]
    print_table([found.by.value, *heads, *beside], [_row(line, dated=dated) for line in lines])
    for line_of_legend in LEGEND if dated else LEGEND[:1]:
        console().print(line_of_legend)


def _row(line: "StatLine", *, dated: bool) -> list[Any]:
    counts, share, days = line.counts, line.silent_share, line.days_between
    told: list[Any] = [line.name, counts.changes, counts.material, counts.weaker, counts.stronger, counts.mixed]
    told += [counts.alerts, "" if share is None else f"{share:.0%}", "" if days is None else f"{days:.0f}"]
    return [*told, line.versions, line.observations, line.captures] if dated else told
