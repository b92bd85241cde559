"""`tracker deadlines`: the days that announced changes set."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, console, print_json, print_table
from tracker.cli.reading import reading, row_named

if TYPE_CHECKING:
    from datetime import date

    from tracker.history.deadlines import Deadline


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(deadlines)


def deadlines(
    source: Annotated[str | None, typer.Option(metavar="ID", help="Of this source.")] = None,
    past: Annotated[bool, typer.Option("--past", help="Those that have passed, the latest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """List from when announced changes hold and until when one may object to them, the nearest first."""
    from tracker.clock import SystemClock
    from tracker.history.deadlines import deadlines as find

    with reading() as (settings, session):
        row = row_named(settings, session, source) if source else None
        keys = None if row is None or row.key is None else [row.key]
        today = SystemClock().now().astimezone(settings.zone).date()
        found = find(session, today, past=past, source_keys=keys)
    if as_json:
        print_json([deadline_json(one, today) for one in found])
        return
    if not found:
        console().print(
            "No deadline has passed." if past else "No deadline lies ahead; --past shows those that passed."
        )
        return
    print_table(
        ("day", "days", "what", "source", "change", "severity", "it says"),
        [
            (
                one.day,
                one.days_left(today),
                "takes effect" if one.kind == "effective" else "object by",
                one.entry.source.id,
                one.entry.change.id,
                one.entry.change.severity,
                one.quote or one.words,
            )
            for one in found
        ],
    )


def deadline_json(one: "Deadline", today: "date") -> dict[str, Any]:
    """Return a deadline as plain data."""
    change = one.entry.change
    return {
        "day": one.day.isoformat(),
        "days_left": one.days_left(today),
        "kind": one.kind.value,
        "source": one.entry.source.id,
        "change": change.id,
        "severity": change.severity,
        "direction": change.direction,
        "topics": change.topics,
        "summary": change.summary,
        "words": one.words,
        "quote": one.quote,
        "dismissed": one.dismissed,
    }
