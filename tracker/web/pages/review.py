"""The review queue: what changed, the weightiest first, and what people decide of it, whole or clause by clause."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tracker.compare.model import Verdict
from tracker.compare.reasons import sentences_of
from tracker.compare.redline import Op, redline
from tracker.errors import UsageError
from tracker.history.reviews import Opinion, ReviewedClause, deserves_alert, review_clause, reviewed_clauses
from tracker.history.triage import Decision, accept, decide
from tracker.store.history.history import change as change_of
from tracker.store.people.triage import (
    MOST_COUNTED,
    NOBODY,
    STATES,
    QueueEntry,
    QueueFilter,
    assignees,
    queue,
    queue_size,
    triage_of,
)
from tracker.web.access import Reviewer
from tracker.web.csrf import require_csrf
from tracker.web.parts import Links, Number, Parts, Reading
from tracker.web.rendering import render
from tracker.words import ClauseClass, Direction, Severity, Topic

router = APIRouter()

PAGE = 25
#: Clauses on one page of a change; the material ones come first.
CLAUSES = 100
#: Changes that one form may decide on.
MOST_AT_ONCE = 500

Deed = Literal["accept", "seen", "dismiss", "new", "save"]

_STATES = {"seen": "seen", "dismiss": "dismissed", "new": "new"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as it stands in the address."""

    state: Annotated[Literal["new", "seen", "dismissed", "any"], Query()] = "new"
    assignee: Annotated[str, Query(max_length=100)] = ""
    severity: Annotated[Literal["", "low", "medium", "high", "critical"], Query()] = ""
    tag: Annotated[str, Query(max_length=200)] = ""
    source: Annotated[str, Query(max_length=200)] = ""
    show: Annotated[Literal["material", "all"], Query()] = "material"
    past: Annotated[Literal["", "1"], Query()] = ""

    @property
    def wanted(self) -> QueueFilter:
        """Return it as the store takes it."""
        return QueueFilter(
            states=() if self.state == "any" else (self.state,),
            assignee=self.assignee or None,
            severity=self.severity or None,
            tags=(self.tag,) if self.tag else (),
            source=self.source or None,
            material=self.show == "material",
            history=bool(self.past),
        )

    def address(self, **more: str | None) -> str:
        """Return where the queue is seen through this filter."""
        told: dict[str, Any] = {
            "state": self.state if self.state != "new" else None,
            "assignee": self.assignee,
            "severity": self.severity,
            "tag": self.tag,
            "source": self.source,
            "show": self.show if self.show != "material" else None,
            "past": self.past,
        }
        return Links.query("/review", **(told | more))


@dataclass(frozen=True, slots=True)
class ShownClause:
    """A clause change as the page shows it."""

    clause: ReviewedClause
    before: tuple[tuple[Op, str], ...]
    after: tuple[tuple[Op, str], ...]


@router.get("/review")
def review_queue(
    request: Request,
    session: Reading,
    asked: Annotated[Asked, Depends()],
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> HTMLResponse:
    """Show what is to be looked at."""
    entries = queue(session, asked.wanted, after=after, limit=PAGE + 1)
    return render(
        request,
        "review.html",
        entries=entries[:PAGE],
        asked=asked,
        back=asked.address().partition("?")[2],
        total=len(entries) if after is None and len(entries) <= PAGE else queue_size(session, asked.wanted),
        most=MOST_COUNTED,
        more=asked.address(after=entries[PAGE - 1].change.id) if len(entries) > PAGE else None,
        begun=after is not None,
        people=assignees(session),
        nobody=NOBODY,
        states=STATES,
        severities=[step.value for step in reversed(Severity) if step is not Severity.NONE],
    )


@router.post("/review", dependencies=[Depends(require_csrf)])
def decide_on_several(
    parts: Parts,
    who: Reviewer,
    do: Annotated[Deed, Form()],
    change: Annotated[list[str] | None, Form()] = None,
    assignee: Annotated[str | None, Form()] = None,
    back: Annotated[str, Form(max_length=2_000)] = "",
) -> RedirectResponse:
    """Decide on every change that was chosen, all or none."""
    if not change:
        raise UsageError("choose the changes first")
    if len(change) > MOST_AT_ONCE:
        raise UsageError(f"at most {MOST_AT_ONCE} changes at once")
    now = parts.clock.now()
    with parts.database.write() as session:
        for ident in dict.fromkeys(change):
            if do == "accept":
                accept(session, ident, by=who.name, now=now)
            else:
                whose = assignee if do == "save" else None
                decide(session, ident, Decision(who.name, _STATES.get(do), whose), now)
    return RedirectResponse(_back(back), 303)


@router.post("/review/{ident}", dependencies=[Depends(require_csrf)])
def decide_on_one(
    ident: str,
    parts: Parts,
    who: Reviewer,
    do: Annotated[Deed, Form()],
    assignee: Annotated[str | None, Form()] = None,
    note: Annotated[str | None, Form()] = None,
    assignee_shown: Annotated[str | None, Form()] = None,
    note_shown: Annotated[str | None, Form()] = None,
    back: Annotated[str, Form(max_length=2_000)] = "",
) -> RedirectResponse:
    """Decide on one change; what was written into the form beside the button is kept too."""
    now = parts.clock.now()
    whose, said = _written(assignee, assignee_shown), _written(note, note_shown)
    with parts.database.write() as session:
        if do == "accept":
            accept(session, ident, by=who.name, now=now, assignee=whose, note=said)
        elif do != "save" or (whose, said) != (None, None):
            decide(session, ident, Decision(who.name, _STATES.get(do), whose, said), now)
    return RedirectResponse(_back(back), 303)


@router.get("/review/{ident}")
def review_change(
    ident: str, request: Request, session: Reading, first: Annotated[int, Query(ge=0, le=100_000)] = 0
) -> HTMLResponse:
    """Show the clauses of a change, each with what the verdict and what people say of it."""
    entry = change_of(session, ident)
    clauses = reviewed_clauses(session, entry.change.source_key, Verdict.from_json(entry.change.verdict))
    order = sorted(clauses, key=_weight)
    row = triage_of(session, [entry.change.id]).get(entry.change.id)
    reviewed = [clause for clause in clauses if clause.reviews]
    return render(
        request,
        "review_change.html",
        entry=QueueEntry(entry.change, entry.source, row),
        sentences_of=sentences_of,
        shown=[_shown(clause) for clause in order[first : first + CLAUSES]],
        first=first,
        last=min(first + CLAUSES, len(order)),
        total=len(order),
        reviewed=len(reviewed),
        alert=deserves_alert(entry.change, clauses) if reviewed else entry.change.alert,
        classes=[cls.value for cls in ClauseClass],
        directions=[direction.value for direction in Direction],
        topics=[topic.value for topic in Topic],
    )


@router.post("/review/{ident}/clauses/{number}", dependencies=[Depends(require_csrf)])
def review_one_clause(
    ident: str,
    number: Number,
    parts: Parts,
    who: Reviewer,
    cls: Annotated[ClauseClass, Form(alias="class")],
    direction: Annotated[Direction | Literal[""], Form()] = "",
    topic: Annotated[list[Topic] | None, Form()] = None,
    note: Annotated[str, Form(max_length=5_000)] = "",
    first: Annotated[int, Form(ge=0, le=100_000)] = 0,
) -> RedirectResponse:
    """Record what a person says of one clause."""
    opinion = Opinion(cls, tuple(topic) if topic else None, Direction(direction) if direction else None, note, who.name)
    with parts.database.write() as session:
        entry, _ = review_clause(session, ident, number, opinion, parts.clock.now())
    page = Links.query(f"/review/{entry.change.id}", first=first or None)
    return RedirectResponse(f"{page}#clause-{number}", 303)


def _written(sent: str | None, shown: str | None) -> str | None:
    """Return what a person wrote into a field; None where it is as shown: others may have written since."""
    # Browsers write line ends of their own, and drop one at the beginning.
    plain = [(text or "").replace("\r\n", "\n").strip() for text in (sent, shown)]
    return None if plain[0] == plain[1] else sent or ""


def _weight(clause: ReviewedClause) -> tuple[int, int, int]:
    judgement = clause.change.judgement
    return list(ClauseClass).index(judgement.cls), -judgement.severity.rank, clause.number


def _shown(clause: ReviewedClause) -> ShownClause:
    pieces = redline(clause.change.before, clause.change.after)
    return ShownClause(
        clause,
        tuple(piece for piece in pieces if piece[0] is not Op.INSERT),
        tuple(piece for piece in pieces if piece[0] is not Op.DELETE),
    )


def _back(query: str) -> str:
    """Return the queue as it was filtered: only known names of an address of ours come through."""
    names = ("state", "assignee", "severity", "tag", "source", "show", "past")
    return Links.query("/review", **{name: value for name, value in parse_qsl(query) if name in names})
