"""`tracker audit`: what stood, what changed and who said what of it, as a report to hand on."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.numbers import no_nan
from tracker.cli.output import AsJson, console, data_output, print_table, printable
from tracker.cli.reading import reading, row_named
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.history.audit import AuditReport

BYTE_ORDER_MARK = "\ufeff"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(audit)


def audit(
    source: Annotated[str | None, typer.Option(metavar="ID", help="Of this source.")] = None,
    tag: Annotated[str | None, typer.Option(help="Of sources with this tag.")] = None,
    organisation: Annotated[str | None, typer.Option(metavar="NAME", help="Of this organisation's documents.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Beginning of the span. [default: a year before its end]")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="End of the span. [default: now]")] = None,
    gap: Annotated[
        float,
        typer.Option(
            min=0, max=36_500, callback=no_nan, metavar="DAYS", help="Days without observation that are a gap."
        ),
    ] = 7,
    csv: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write a table, one row per fact; - is stdout.")
    ] = None,
    html: Annotated[str | None, typer.Option(metavar="FILE", help="Write a page to print; - is stdout.")] = None,
    as_json: AsJson = False,
) -> None:
    """Report on a span of time: texts in force, changes, reviews, approvals, gaps in observation, messages, proof."""
    if sum((csv is not None, html is not None, as_json)) > 1:
        raise UsageError("give one of --csv, --html and --json")
    from tracker.clock import SystemClock
    from tracker.export.audit import csv_lines
    from tracker.export.audit_json import json_pieces
    from tracker.history.audit import audit as report_on
    from tracker.history.audit import chosen_sources, span_of

    now = SystemClock().now()
    with reading() as (settings, session):
        ident = row_named(settings, session, source).id if source else None
        title, rows = chosen_sources(session, source=ident, tag=tag, organisation=organisation)
        start, end = span_of(since, until, now, settings.zone)
        report = report_on(session, title, rows, since=start, until=end, now=now, gap_days=gap)
        if as_json:
            _write("-", json_pieces(report))
        elif csv is not None:
            _write(csv, csv_lines(report))
        elif html is not None:
            from tracker.web.pages.reports import report_file

            _write(html, report_file(report, settings.zone))
        else:
            _print(report)


def _print(report: "AuditReport") -> None:
    """Print a line per source: which texts stood, how much there is of each kind, and the head of the hash chain."""
    console().print(printable(f"{report.title}, {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}"))
    columns = (
        "source", "at start", "at end", "changes", "reviews", "approvals", "gaps", "messages", "held", "chain head"
    )  # fmt: skip
    rows = [
        (
            one.source.id,
            one.at_start.number if one.at_start else "",
            one.at_end.number if one.at_end else "",
            *map(len, (one.changes, one.reviews, one.approvals, one.gaps, one.deliveries, one.held)),
            one.proof[:12],
        )
        for one in report.sources
    ]
    print_table(columns, rows)


def _write(file: str, pieces: Iterable[str]) -> None:
    """Write a text piece by piece."""
    if file == "-":
        data_output().writelines(piece for piece in pieces if piece != BYTE_ORDER_MARK)
        return
    try:
        # The line ends are those of the text.
        with Path(file).open("w", encoding="utf-8", newline="") as out:
            out.writelines(pieces)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
