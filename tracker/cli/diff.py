"""`tracker diff`: what changed in meaning between two texts of a source."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracker.cli.opinions import opinion_lines, reviews_json
from tracker.cli.output import AsJson, console, print_json, printable
from tracker.cli.reading import SourceId, Topics, change_json, judged_line, listed, reading, row_named, time_text
from tracker.errors import UsageError
from tracker.words import Topic

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.history.reviews import ReviewedClause
    from tracker.history.steps import Step
    from tracker.settings import Settings
    from tracker.store.schema.tables import PastVerdict, SourceRow


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(diff)


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
    with reading() as (settings, session):
        row = row_named(settings, session, source)
        step = _step(settings, session, row, (a, b), at, change)
        assert row.key is not None
        clauses, past = _told_of(session, row.key, step)
        zone = settings.zone
    if as_json:
        told = {"reviews": reviews_json(clauses), "past_verdicts": [_past_json(one) for one in past]}
        print_json({**_step_json(source, step), **_filtered(step, topic or ()), **told})
        return
    _print_step(step, zone)
    notes = {clause.number: opinion_lines(clause, zone) for clause in clauses}
    print_verdict(step.verdict, everything=everything, more="--all shows them", topics=topic or (), notes=notes)
    _print_past(past, zone)


def _step(
    settings: "Settings",
    session: "Session",
    row: "SourceRow",
    pair: tuple[str | None, str | None],
    at: str | None,
    change: str | None,
) -> "Step":
    from tracker.history.steps import LATEST, PREVIOUS, read_moment, step_at, step_between, step_of, version_named
    from tracker.store.history.history import change as change_of

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


def _told_of(
    session: "Session", source_key: int, step: "Step"
) -> "tuple[Sequence[ReviewedClause], Sequence[PastVerdict]]":
    """Return what people said of a step, and what rules of before said of it."""
    from tracker.history.reviews import reviewed_clauses
    from tracker.store.people.reviews import past_verdicts

    clauses = reviewed_clauses(session, source_key, step.verdict)
    if step.change is None:
        return clauses, ()
    return clauses, past_verdicts(session, [step.change.id]).get(step.change.id, ())


def _past_json(past: "PastVerdict") -> dict[str, Any]:
    return {"rules_version": past.rules_version, "replaced_at": past.replaced_at.isoformat(), "verdict": past.verdict}


def _print_past(past: "Sequence[PastVerdict]", zone: ZoneInfo) -> None:
    from rich.text import Text

    if past:
        console().print()
    for one in past:
        line = f"until {time_text(one.replaced_at, zone)}, under rules {one.rules_version}: {judged_line(one.verdict)}"
        console().print(Text(printable(line), style="dim"))


def _step_json(source: str, step: "Step") -> dict[str, Any]:
    return {
        "source": source,
        "before": None if step.before is None else step.before.number,
        "after": None if step.after is None else step.after.number,
        "change": None if step.change is None else change_json(step.change),
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
        seen = f"{time_text(step.change.last_seen_before, zone)} and {time_text(step.change.first_seen_after, zone)}"
        line += f", changed between {seen} (change {step.change.id}, {step.change.state})"
    console().print(Text(line, style="dim"))


def _names(settings: "Settings", row: "SourceRow") -> tuple[str, ...]:
    """Return the organisation's names: those of the sources file while it can be read, else what the store has."""
    source = listed(settings, row.id)
    if source is not None:
        return source.names
    return (row.organisation,) if row.organisation else ()
