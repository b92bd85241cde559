"""`tracker log` and `tracker changes`: what happened, to one source or to all."""

from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracker.cli.numbers import MOST_ROWS
from tracker.cli.opinions import reviewed_line, reviews_json
from tracker.cli.output import AsJson, console, print_json, printable
from tracker.cli.reading import (
    SourceId,
    Topics,
    change_json,
    print_change_head,
    reading,
    row_named,
    time_text,
    verdict_line,
)
from tracker.counting import counted
from tracker.words import ChangeState, Direction, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracker.history.reviews import ReviewedClause
    from tracker.history.steps import Run
    from tracker.store.history.history import ChangeEntry
    from tracker.store.schema.tables import Change

    Reviews = Mapping[str, Sequence[ReviewedClause]]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(log)
    app.command()(changes)


def log(source: SourceId, as_json: AsJson = False) -> None:
    """Show the history of a source: its versions in time order, and what each change meant."""
    from tracker.history.reviews import reviews_on
    from tracker.history.steps import runs

    with reading() as (settings, session):
        row = row_named(settings, session, source)
        assert row.key is not None
        past = runs(session, row.key)
        reviews = reviews_on(session, [run.change for run in past if run.change is not None])
    if as_json:
        print_json([_run_json(run, reviews) for run in past])
        return
    if not past:
        console().print(printable(f"{row.id} has no text yet."))
    for run in past:
        _print_run(run, reviews, settings.zone)


def _run_json(run: "Run", reviews: "Reviews") -> dict[str, Any]:
    return {
        "version": run.entry.number,
        "first_seen": run.first_seen.isoformat(),
        "last_seen": run.last_seen.isoformat(),
        "origins": list(run.origins),
        "words": run.entry.version.words,
        "stated_date": run.entry.version.stated_date,
        "effective_date": run.entry.version.effective_date,
        "change": None if run.change is None else _change_json(run.change, reviews),
    }


def _change_json(change: "Change", reviews: "Reviews") -> dict[str, Any]:
    return {**change_json(change), "reviews": reviews_json(reviews.get(change.id, ()))}


def _print_reviews(change: "Change", reviews: "Reviews", zone: ZoneInfo) -> None:
    for clause in reviews.get(change.id, ()):
        console().print(printable(f"    {reviewed_line(clause, zone)}"))


def _print_run(run: "Run", reviews: "Reviews", zone: ZoneInfo) -> None:
    from rich.text import Text

    out = console()
    if run.change is not None:
        out.print(Text(f"    change {run.change.id}  {verdict_line(run.change)}"))
        out.print(Text(f"    {printable(run.change.summary)}"))
        _print_reviews(run.change, reviews, zone)
    version = run.entry.version
    line = Text(f"version {run.entry.number}", style="bold")
    seen = f"{time_text(run.first_seen, zone)} to {time_text(run.last_seen, zone)}"
    if run.first_seen == run.last_seen:
        seen = time_text(run.first_seen, zone)
    stated = f"  dated {version.stated_date}" if version.stated_date else ""
    words = counted(version.words, "word")
    line.append(f"  {seen}  {', '.join(run.origins)}  {words}{printable(stated)}", style="not bold")
    out.print(line)


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
    limit: Annotated[int | None, typer.Option(min=1, max=MOST_ROWS, help="So many at most, the newest first.")] = None,
    as_json: AsJson = False,
) -> None:
    """List changes, the newest first: those that deserve an alert, or all of them."""
    from tracker.history.reviews import reviews_on
    from tracker.history.steps import read_moment
    from tracker.store.history.history import changes as find

    with reading() as (settings, session):
        zone = settings.zone
        found = find(
            session,
            since=read_moment(since, zone) if since else None,
            until=read_moment(until, zone, end=True) if until else None,
            source=row_named(settings, session, source).id if source else None,
            tags=tag or (),
            topics=[wanted.value for wanted in topic or ()],
            severity=severity.value if severity else None,
            directions=[wanted.value for wanted in direction or ()],
            states=[wanted.value for wanted in state or ()],
            material=material,
            limit=limit,
        )
        reviews = reviews_on(session, [entry.change for entry in found])
    if as_json:
        print_json([{"source": entry.source.id, **_change_json(entry.change, reviews)} for entry in found])
        return
    if not found:
        console().print(
            "No change fits." if not material else "No change that deserves an alert fits; --all shows all."
        )
    for entry in found:
        _print_entry(entry, reviews, zone)


def _print_entry(entry: "ChangeEntry", reviews: "Reviews", zone: ZoneInfo) -> None:
    print_change_head(entry, zone)
    _print_reviews(entry.change, reviews, zone)
