"""`tracker approve`: which version of a source people accepted, and how far its text has drifted from it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, console, print_json, print_table, printable
from tracker.cli.reading import reading, row_named, time_text, user_name, writing
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.history.baselines import Baseline, Drift


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(approve)


def approve(
    source: Annotated[str | None, typer.Argument(metavar="[SOURCE]", help="Id of the source.")] = None,
    version: Annotated[
        str | None, typer.Option(metavar="N|DATE", help="Which version: number, date, latest. [default: latest]")
    ] = None,
    note: Annotated[str | None, typer.Option(help="Why, in your words.")] = None,
    review_by: Annotated[str | None, typer.Option(metavar="DAY", help="Remind people to look again then.")] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who accepts it. [default: the user's name]")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List what is approved, with the drift from it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Accept a version of a source as its baseline, or list baselines and how far the texts have drifted from them."""
    if list_ and any(one is not None for one in (version, note, review_by, by)):
        raise UsageError("--list goes with a source and --json only")
    if list_:
        _list(source, as_json=as_json)
    elif source is None:
        raise UsageError("name the source to approve a version of, or give --list")
    else:
        _approve(source, version or "latest", note or "", review_by, by, as_json=as_json)


def _approve(source: str, version: str, note: str, review_by: str | None, by: str | None, *, as_json: bool) -> None:
    from tracker.clock import SystemClock
    from tracker.history.baselines import approve as accept
    from tracker.history.steps import version_named

    now = SystemClock().now()
    with writing() as (settings, session):
        row = row_named(settings, session, source)
        entry = version_named(session, row, version, settings.zone)
        today = now.astimezone(settings.zone).date()
        actor = user_name() if by is None else by
        approval = accept(session, row, entry, by=actor, now=now, today=today, note=note, review_by=review_by)
    if as_json:
        told = {"source": row.id, "version": entry.number, "by": approval.by, "at": approval.at.isoformat()}
        print_json(told | {"note": approval.note, "review_by": approval.review_by})
        return
    again = f"; to be looked at again by {approval.review_by}" if approval.review_by else ""
    console().print(printable(f"{row.id}: version {entry.number} is approved{again}."))


def _list(source: str | None, *, as_json: bool) -> None:
    from tracker.errors import SourcesError
    from tracker.history.baselines import names_in, with_drift
    from tracker.sources.load import load_sources
    from tracker.sources.model import SourcesFile
    from tracker.store.people.approvals import baselines

    with reading() as (settings, session):
        try:
            names = names_in(load_sources(settings.sources))
        except SourcesError:
            names = names_in(SourcesFile(()))
        row = row_named(settings, session, source) if source else None
        keys = None if row is None or row.key is None else [row.key]
        found = with_drift(session, baselines(session, source_keys=keys), names)
    if as_json:
        print_json([baseline_json(one) for one in found])
        return
    if not found:
        console().print("No version is approved; `tracker approve SOURCE` accepts one.")
        return
    print_table(
        ("source", "approved", "on", "by", "in force", "drift", "look again", "note"),
        [
            (
                one.source.id,
                one.number,
                time_text(one.approval.at, settings.zone),
                one.approval.by,
                one.current,
                _drift_text(one.drift),
                one.approval.review_by,
                one.approval.note,
            )
            for one in found
        ],
    )


def _drift_text(drift: "Drift | None") -> str:
    if drift is None or drift.severity == "none":
        return drift.level.value if drift else ""
    return f"{drift.level.value}, {drift.severity.value}, {drift.direction.value}"


def baseline_json(one: "Baseline") -> dict[str, Any]:
    """Return a baseline as plain data."""
    drift = one.drift
    return {
        "source": one.source.id,
        "version": one.number,
        "at": one.approval.at.isoformat(),
        "by": one.approval.by,
        "note": one.approval.note,
        "review_by": one.approval.review_by,
        "in_force": one.current,
        "in_force_since": one.current_since.isoformat(),
        "drift": None
        if drift is None
        else {
            "level": drift.level.value,
            "severity": drift.severity.value,
            "direction": drift.direction.value,
            "topics": [topic.value for topic in drift.topics],
            "material_clauses": drift.clauses,
        },
    }
