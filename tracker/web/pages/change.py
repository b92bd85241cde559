"""What a change means, and its redline; the same for any two versions of a source."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from tracker.alerts.wording import DIRECTIONS, FLAGS, timing_in_words
from tracker.compare.reasons import quotes_of, sentences_of, told_once
from tracker.history.redlined import Fate, Stretch, lines_of, stretches_of
from tracker.history.reviews import ReviewedClause, reviewed_clauses
from tracker.history.steps import Step, step_between, step_of, version_named
from tracker.store.history.history import change, neighbours, numbered_versions
from tracker.store.history.sources import source_row
from tracker.store.people.reviews import past_verdicts
from tracker.store.schema.tables import SourceRow
from tracker.store.texts.versions import read_version
from tracker.store.work.copies import copies_of
from tracker.web.parts import Links, Parts, Reading
from tracker.web.redline import inline, new_side, old_side
from tracker.web.rendering import render
from tracker.words import ClauseClass, Flag, Topic

router = APIRouter()


class View(StrEnum):
    """How a redline lies on the page."""

    INLINE = "inline"
    SIDE = "side"


class Show(StrEnum):
    """How much of the text is in sight."""

    CHANGES = "changes"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Clause changes of which the same is said."""

    said: tuple[str, ...]
    clauses: tuple[ReviewedClause, ...]


@router.get("/changes/{ident}")
def show_change(
    request: Request,
    session: Reading,
    ident: str,
    view: View = View.INLINE,
    show: Show = Show.CHANGES,
    topic: Annotated[Topic | None, Query()] = None,
) -> Response:
    """Show a change."""
    entry = change(session, ident)
    if entry.change.id != ident:
        return RedirectResponse(Links.change(entry.change.id), 303)
    return _page(request, session, entry.source, step_of(session, entry.change), view, show, topic)


@router.get("/sources/{ident}/diff")
def show_diff(
    request: Request,
    session: Reading,
    parts: Parts,
    ident: str,
    earlier: Annotated[str, Query(alias="from", max_length=40)] = "previous",
    later: Annotated[str, Query(alias="to", max_length=40)] = "latest",
    view: View = View.INLINE,
    show: Show = Show.CHANGES,
    topic: Annotated[Topic | None, Query()] = None,
) -> Response:
    """Show what lies between any two versions of a source; one that is a stored change is shown as such."""
    row = source_row(session, ident)
    before, after = (version_named(session, row, name, parts.settings.zone) for name in (earlier, later))
    source = parts.sources_file.source(row.id)
    names = source.names if source is not None else ((row.organisation,) if row.organisation else ())
    step = request.app.state.steps.get(
        (before.version.id, after.version.id), lambda: step_between(session, row, before, after, names)
    )
    return _page(request, session, row, step, view, show, topic)


def _page(
    request: Request,
    session: Session,
    row: SourceRow,
    step: Step,
    view: View,
    show: Show,
    topic: Topic | None,
) -> HTMLResponse:
    assert row.key is not None
    clauses = reviewed_clauses(session, row.key, step.verdict)
    shown = [clause for clause in clauses if topic is None or topic in clause.topics]
    earlier, later = neighbours(session, step.change) if step.change is not None else (None, None)
    return render(
        request,
        "change.html",
        source=row,
        step=step,
        change=step.change,
        meanings=_meanings([clause for clause in shown if clause.cls is ClauseClass.MATERIAL]),
        minor=[clause for clause in shown if clause.cls is ClauseClass.MINOR],
        rest=sum(clause.cls in {ClauseClass.COSMETIC, ClauseClass.NOISE} for clause in clauses),
        stretches=_stretches(session, step, show, {clause.number for clause in shown} if topic else None),
        by_number={clause.number: clause for clause in clauses},
        view=view,
        show=show,
        topic=topic,
        topics=[known for known in Topic if any(known in clause.topics for clause in clauses)],
        told_flags=[FLAGS[flag] for flag in step.verdict.flags],
        told_direction=DIRECTIONS[step.verdict.direction],
        timing=timing_in_words(
            step.verdict.effective, step.verdict.objection, ahead=Flag.ANNOUNCED in step.verdict.flags
        ),
        past=past_verdicts(session, [step.change.id]).get(step.change.id, []) if step.change else [],
        copies=copies_of(session, step.change.id) if step.change else [],
        earlier=earlier,
        later=later,
        versions=numbered_versions(session, row.key),
        inline=inline,
        old_side=old_side,
        new_side=new_side,
        Fate=Fate,
        sentences_of=sentences_of,
        quotes_of=quotes_of,
    )


def _meanings(clauses: Sequence[ReviewedClause]) -> list[Meaning]:
    """Return material clause changes, the weightiest first, together where the same is said of them."""
    ranked = sorted(clauses, key=lambda clause: -clause.change.judgement.severity.rank)
    return [
        Meaning(group.said or ("A clause differs in substance.",), tuple(ranked[at] for at in group.members))
        for group in told_once([sentences_of(clause.change) for clause in ranked])
    ]


def _stretches(session: Session, step: Step, show: Show, only: set[int] | None) -> list[Stretch]:
    """Return the redline; of one topic only the changes that are about it count as such."""
    before, after = _version_ids(step)
    lines = lines_of(step.verdict.changes, read_version(session, before), read_version(session, after))
    if only is not None:
        lines = [line for line in lines if line.number in only]
        return [Stretch(tuple(lines), out_of_sight=False)] if lines else []
    if show is Show.ALL:
        return [Stretch(tuple(lines), out_of_sight=False)]
    return stretches_of(lines)


def _version_ids(step: Step) -> tuple[int, int]:
    if step.change is not None:
        return step.change.before_version_id, step.change.after_version_id
    assert step.before is not None
    assert step.after is not None
    before, after = step.before.version.id, step.after.version.id
    assert before is not None
    assert after is not None
    return before, after
