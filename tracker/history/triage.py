"""What people decide of changes: whose they are, whether they were seen, and whether the verdict holds."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from tracker.compare.model import Verdict
from tracker.errors import UsageError
from tracker.history.reviews import Opinion, review_clause, reviewed_clauses
from tracker.store.database import storable
from tracker.store.history.history import ChangeEntry, change
from tracker.store.people.trail import append
from tracker.store.people.triage import NEW, STATES, set_triage, triage_of
from tracker.store.schema.people_tables import Triage
from tracker.words import ClauseClass

LONGEST_NAME = 100
LONGEST_NOTE = 5_000


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says of a change; None leaves what was said before."""

    by: str
    state: str | None = None  #: new, seen or dismissed
    assignee: str | None = None  #: blank makes it nobody's
    note: str | None = None

    def __post_init__(self) -> None:
        if self.state is not None and self.state not in STATES:
            raise UsageError(f"no state {self.state!r}; there are {', '.join(STATES)}")
        if self.assignee is not None and len(self.assignee) > LONGEST_NAME:
            raise UsageError(f"a name has {LONGEST_NAME} characters at most")
        if self.note is not None and len(self.note) > LONGEST_NOTE:
            raise UsageError(f"a note has {LONGEST_NOTE:,} characters at most")
        if (self.state, self.assignee, self.note) == (None, None, None):
            raise UsageError("say what to do with the change: a state, an assignee or a note")


def decide(session: Session, ident: str, decision: Decision, now: datetime) -> tuple[ChangeEntry, Triage]:
    """Record a decision and enter it into the trail; return the change and where it stands.

    Args:
        session: of a writer.
        ident: id of the change, or its beginning.
        decision: what the person says.
        now: when.

    Raises:
        UsageError: there is no such change.

    """
    entry = change(session, ident)
    known = triage_of(session, [entry.change.id]).get(entry.change.id)
    before = known.state if known else NEW
    told = {"state": decision.state, "assignee": decision.assignee, "note": decision.note}
    row = set_triage(session, entry.change.id, **told, by=decision.by, at=now)
    said = {name: storable(value) for name, value in told.items() if value is not None}
    append(
        session,
        at=now,
        actor=decision.by,
        action="triage.set",
        source=entry.source.id,
        subject=entry.change.id,
        detail=said | {"before": before},
    )
    return entry, row


def accept(
    session: Session,
    ident: str,
    *,
    by: str,
    now: datetime,
    assignee: str | None = None,
    note: str | None = None,
) -> ChangeEntry:
    """Agree with a verdict: each material clause that nobody reviewed is reviewed as it stands, the change is seen.

    Args:
        session: of a writer.
        ident: id of the change, or its beginning.
        by: who agrees.
        now: when.
        assignee: whose the change is; None leaves what was said before.
        note: likewise.

    Raises:
        UsageError: there is no such change.

    """
    entry, _ = decide(session, ident, Decision(by, "seen", assignee, note), now)
    verdict = Verdict.from_json(entry.change.verdict)
    for clause in reviewed_clauses(session, entry.change.source_key, verdict):
        if clause.review is None and clause.change.judgement.cls is ClauseClass.MATERIAL:
            review_clause(session, entry.change.id, clause.number, Opinion(ClauseClass.MATERIAL, reviewer=by), now)
    return entry
