"""`tracker events`: what an operator should know: failures, held texts, recoveries, sources that left the file."""

from typing import Annotated

import typer

from tracker.cli.numbers import MOST_ROWS
from tracker.cli.output import AsJson, print_json, print_table


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(events)


def events(
    source: Annotated[str | None, typer.Option(metavar="ID", help="Only of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show failures, held texts, recoveries and the like, newest first."""
    from sqlmodel import col, select

    from tracker.cli.reading import reading, row_named, time_text
    from tracker.store.schema.tables import SourceRow
    from tracker.store.work.events import events as stored_events

    with reading() as (settings, session):
        key = row_named(settings, session, source).key if source else None
        found = stored_events(session, source_key=key, limit=limit)
        ids = dict(
            session.exec(
                select(SourceRow.key, SourceRow.id).where(col(SourceRow.key).in_({event.source_key for event in found}))
            ).all()
        )
    if as_json:
        told = [
            {"at": event.at, "source": ids.get(event.source_key), "kind": event.kind, "detail": event.detail}
            for event in found
        ]
        print_json(told)
        return
    rows = [
        (time_text(event.at, settings.zone), ids.get(event.source_key, ""), event.kind, event.detail) for event in found
    ]
    print_table(("time", "source", "event", "what"), rows)
