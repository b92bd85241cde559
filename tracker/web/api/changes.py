"""Changes: what differs between two versions, what that means, and where it stands in people's work."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from pydantic import BaseModel, Field
from sqlmodel import Session

from tracker.compare.model import Verdict
from tracker.compare.redline import redline
from tracker.errors import UsageError
from tracker.history.redlined import Fate, Line, lines_of
from tracker.history.steps import read_moment
from tracker.history.triage import LONGEST_NAME, LONGEST_NOTE, Decision, decide
from tracker.store.history.history import ChangeEntry, ChangeFilter, change
from tracker.store.history.paging import change_page, version_numbers
from tracker.store.people.reviews import past_verdicts
from tracker.store.people.triage import NEW, triage_of
from tracker.store.schema import people_tables
from tracker.store.texts.versions import read_version
from tracker.store.work.copies import copies_of
from tracker.web.access import Reviewer
from tracker.web.api.answers import (
    READING,
    WRITING,
    ApiRoute,
    ChangeId,
    Cursor,
    Given,
    Limit,
    Listed,
    OfSource,
    Since,
    Tags,
    Told,
    Until,
    form_wanted,
    next_link,
    problems,
)
from tracker.web.csrf import require_csrf
from tracker.web.parts import Parts, Reading
from tracker.web.redline import inline
from tracker.words import ChangeState, Direction, Flag, Origin, Severity, Topic

router = APIRouter(route_class=ApiRoute, tags=["changes"])


class Work(StrEnum):
    """Where a change stands in people's work."""

    NEW = "new"
    SEEN = "seen"
    DISMISSED = "dismissed"


class Triage(Told):
    """What people said of a change as a whole."""

    state: Work = Field(description="Whether somebody saw it, or dismissed it.")
    assignee: str = Field(description="Whose it is; blank where it is nobody's.", examples=["dana"])
    note: str = Field(description="In their words; may be blank.")
    by: str = Field(description="Who said so last; blank where nobody did.")
    at: datetime | None = Field(description="When; null where nobody did.")


class TriageGiven(Given):
    """What to say of a change; what is left out stays as it was."""

    state: Work | None = Field(default=None, description="Where it stands.", examples=["seen"])
    assignee: str | None = Field(default=None, max_length=LONGEST_NAME, description="Whose it is; blank for nobody's.")
    note: str | None = Field(default=None, max_length=LONGEST_NOTE, description="In your words.")


class Change(Told):
    """What differs between two versions of a source that follow each other in time."""

    id: str = Field(description="Stable id.", examples=["4f1c09ab22de"])
    source: str = Field(description="Id of the source.", examples=["acme-privacy"])
    last_seen_before: datetime = Field(description="The old text was seen for the last time.")
    first_seen_after: datetime = Field(description="The new text was seen for the first time.")
    origin: Origin = Field(description="Of the observation that brought the new text.")
    state: ChangeState = Field(description="Where it stands; settled once `confirmed` or `history`.")
    alert: bool = Field(description="Whether it is material: worth an alert.")
    severity: Severity = Field(description="How much it weighs.")
    direction: Direction = Field(description="Whether the text protects people less or more than before.")
    topics: list[Topic] = Field(description="What it is about.")
    flags: list[Flag] = Field(description="What else is to be known.")
    summary: str = Field(
        description="The weightiest clause change in one sentence.", examples=["Email addresses may now be shared."]
    )
    effective_on: str | None = Field(description="Day from which the new text says it holds.", examples=["2026-04-01"])
    object_by: str | None = Field(description="Day by which one may object.")
    rules_version: str = Field(description="Rules that judged it.")


class CopyState(StrEnum):
    """How far a copy elsewhere is."""

    PENDING = "pending"
    ASKED = "asked"
    SAVED = "saved"
    DEAD = "dead"


class Copy(Told):
    """A page of a change that a public archive was asked to keep."""

    url: str = Field(description="Address of the page.")
    state: CopyState = Field(description="`asked`: the archive is at work; `dead`: given up.")
    memento: str | None = Field(description="Where the copy is.")
    saved_at: datetime | None = Field(description="When the page looked like that, as the archive says.")
    last_error: str | None = Field(description="Why there is none yet.")


class WholeChange(Change):
    """A change with its verdict."""

    before_version: int | None = Field(description="Number of the old version; null where it is observed no more.")
    after_version: int | None = Field(description="Number of the new version.")
    triage: Triage = Field(description="Where it stands in people's work.")
    copies: list[Copy] = Field(description="Copies in a public archive, where those are wanted.")
    verdict: dict[str, Any] = Field(description="The object that `tracker compare --json` prints: every clause change.")


class PastVerdict(Told):
    """What a change was said to mean before it was judged again."""

    replaced_at: datetime = Field(description="Until then it held.")
    rules_version: str = Field(description="Rules that judged it.")
    verdict: dict[str, Any] = Field(description="The verdict.")


class Piece(BaseModel):
    """Some words of a redline."""

    op: Literal["equal", "insert", "delete"] = Field(description="What became of them.")
    text: str = Field(description="The words.")


class RedLine(BaseModel):
    """A clause at its place in the reading order."""

    fate: Fate = Field(description="What became of it.")
    number: int | None = Field(description="Place of the clause change in the verdict, from 1; null where it is same.")
    kind: str = Field(description="Of its block.", examples=["paragraph"])
    pieces: list[Piece] = Field(description="Both texts in one, in order.")


class Redline(BaseModel):
    """Every clause of both texts in one order."""

    change: str = Field(description="Id of the change.")
    lines: list[RedLine] = Field(description="In reading order.")


class RedlineForm(StrEnum):
    """In which form a redline is told."""

    JSON = "json"
    HTML = "html"


@router.get("/changes", responses=READING)
def list_changes(
    request: Request,
    response: Response,
    session: Reading,
    parts: Parts,
    since: Since = None,
    until: Until = None,
    source: OfSource = None,
    tag: Tags = [],  # noqa: B006 - FastAPI copies it
    topic: Annotated[list[Topic], Query(description="Only what is about this topic; any of several.")] = [],  # noqa: B006
    severity: Annotated[Severity | None, Query(description="Only those that weigh at least this much.")] = None,
    direction: Annotated[list[Direction], Query(description="Only these; any of several.")] = [],  # noqa: B006
    state: Annotated[
        list[ChangeState], Query(description="Only these; any of several. All but `superseded` unless given.")
    ] = [],  # noqa: B006
    material: Annotated[bool, Query(description="Only those that are worth an alert.")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listed[Change]:
    """List changes, the newest first, without their verdicts."""
    zone = parts.settings.zone
    wanted = ChangeFilter(
        since=read_moment(since, zone).astimezone(UTC) if since else None,
        until=read_moment(until, zone, end=True).astimezone(UTC) if until else None,
        source=source,
        tags=tag,
        topics=topic,
        severity=severity,
        directions=direction,
        states=state,
        material=material,
    )
    page = change_page(session, wanted, cursor=cursor, limit=limit)
    items = [Change.model_validate(_listed(entry)) for entry in page.items]
    return Listed[Change](items=items, next=next_link(request, response, page.next))


@router.get("/changes/{change}", responses=READING)
def read_change(session: Reading, change: ChangeId) -> WholeChange:
    """Return a change with its verdict."""
    entry = exact(session, change)
    numbers = version_numbers(session, entry.change.source_key)
    more = {
        "before_version": numbers.get(entry.change.before_version_id),
        "after_version": numbers.get(entry.change.after_version_id),
        "triage": _triage(triage_of(session, [change]).get(change)),
        "copies": [Copy.model_validate(copy) for copy in copies_of(session, change)],
        "verdict": entry.change.verdict,
    }
    return WholeChange.model_validate(_listed(entry) | more)


@router.get("/changes/{change}/past-verdicts", responses=READING)
def read_past_verdicts(session: Reading, change: ChangeId) -> list[PastVerdict]:
    """Return what a change was said to mean before, the oldest first."""
    exact(session, change)
    return [PastVerdict.model_validate(past) for past in past_verdicts(session, [change]).get(change, [])]


@router.get(
    "/changes/{change}/redline",
    response_model=Redline,
    responses=READING
    | problems(406)
    | {200: {"description": "The redline.", "content": {"text/html": {"schema": {"type": "string"}}}}},
)
def read_redline(
    request: Request,
    session: Reading,
    change: ChangeId,
    form: Annotated[
        RedlineForm | None, Query(alias="format", description="In this form, whatever `Accept` says.")
    ] = None,
) -> Redline | HTMLResponse:
    """Return both texts in one, clause by clause, as JSON or as a piece of HTML with `ins` and `del`."""
    row = exact(session, change).change
    wanted = form_wanted(request, form, {RedlineForm.JSON: "application/json", RedlineForm.HTML: "text/html"})
    before, after = (read_version(session, ident) for ident in (row.before_version_id, row.after_version_id))
    lines = lines_of(Verdict.from_json(row.verdict).changes, before, after)
    if wanted is RedlineForm.HTML:
        told = (Markup("<p>{}</p>").format(inline(line.before, line.after)) for line in lines)
        return HTMLResponse(Markup("<article>{}</article>").format(Markup("\n").join(told)))
    return Redline(change=change, lines=[_red_line(line) for line in lines])


@router.put("/changes/{change}/triage", responses=WRITING, dependencies=[Depends(require_csrf)])
def put_triage(parts: Parts, who: Reviewer, change: ChangeId, given: Annotated[TriageGiven, Body()]) -> Triage:
    """Say where a change stands in people's work, and whose it is."""
    with parts.database.write() as session:
        exact(session, change)
        said = Decision(who.name, given.state, given.assignee, given.note)
        _, row = decide(session, change, said, parts.clock.now())
        return _triage(row)


def exact(session: Session, ident: str) -> ChangeEntry:
    """Return the change of an id, which is not shortened here.

    Raises:
        HTTPException: 404 where there is none.

    """
    try:
        entry = change(session, ident)
    except UsageError:
        entry = None
    if entry is None or entry.change.id != ident:
        raise HTTPException(404, f"no change {ident!r}; /api/v1/changes lists them")
    return entry


def _listed(entry: ChangeEntry) -> dict[str, Any]:
    """Return a change as it is listed."""
    names = set(Change.model_fields) - {"source"}
    return {name: getattr(entry.change, name) for name in names} | {"source": entry.source.id}


def _triage(row: people_tables.Triage | None) -> Triage:
    if row is None:
        return Triage(state=Work(NEW), assignee="", note="", by="", at=None)
    return Triage.model_validate(row)


def _red_line(line: Line) -> RedLine:
    pieces = [Piece(op=op.value, text=text) for op, text in redline(line.before, line.after)]
    return RedLine(fate=line.fate, number=line.number, kind=line.clause.kind, pieces=pieces)
