"""People's verdicts beside the machine's, clause by clause, and the labelled pairs that come of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from tracker.compare.model import ClauseChange, Verdict, ordered_topics
from tracker.errors import UsageError
from tracker.extract.writing import write_markdown
from tracker.history.texts import stored_blocks
from tracker.store.history.history import ChangeEntry, change
from tracker.store.people.reviews import Hashes, add_review, hashes_of, list_reviews, reviews_of
from tracker.store.people.trail import append
from tracker.store.schema.people_tables import Review
from tracker.store.schema.tables import Change, SourceRow
from tracker.store.texts.versions import read_version
from tracker.words import ChangeKind, ChangeState, ClauseClass, Direction, Severity, Topic

#: Classes that speak of something a reader may look for by topic.
WITH_TOPICS = frozenset({ClauseClass.MATERIAL, ClauseClass.MINOR})

#: What the labelled pairs call a kind of clause change.
_LABELLED_KIND = {
    ChangeKind.CHANGED: "modified",
    ChangeKind.ADDED: "inserted",
    ChangeKind.REMOVED: "deleted",
    ChangeKind.MOVED: "moved-to",
}

#: The labelled pairs know three weights besides none.
_LABELLED_SEVERITY = {Severity.CRITICAL: Severity.HIGH, Severity.NONE: Severity.LOW}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a person says of one clause change; None is left to the machine."""

    cls: ClauseClass
    topics: tuple[Topic, ...] | None = None
    direction: Direction | None = None
    note: str = ""
    reviewer: str = ""

    def __post_init__(self) -> None:
        if self.topics is not None and self.cls not in WITH_TOPICS:
            raise UsageError(f"a {self.cls.value} clause has no topics; leave them out, or say material or minor")
        if self.direction is not None and self.cls is not ClauseClass.MATERIAL:
            raise UsageError(f"a {self.cls.value} clause has no direction; leave it out, or say material")


@dataclass(frozen=True, slots=True)
class ReviewedClause:
    """One clause change of a verdict with what people said of it. Their word goes before the machine's."""

    number: int  #: place in the verdict, from 1
    change: ClauseChange
    reviews: tuple[Review, ...]  #: the one that holds first

    @property
    def review(self) -> Review | None:
        """Return the review that holds."""
        return self.reviews[0] if self.reviews else None

    @property
    def cls(self) -> ClauseClass:
        """Return the class."""
        return self.change.judgement.cls if self.review is None else ClauseClass(self.review.clause_class)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Return the topics; a clause that is not material or minor has none."""
        if self.cls not in WITH_TOPICS:
            return ()
        if self.review is None or self.review.topics is None:
            return self.change.judgement.topics
        return ordered_topics(Topic(topic) for topic in self.review.topics)

    @property
    def direction(self) -> Direction:
        """Return the direction; a clause that is not material has none."""
        if self.cls is not ClauseClass.MATERIAL:
            return Direction.NEUTRAL
        if self.review is None or self.review.direction is None:
            return self.change.judgement.direction
        return Direction(self.review.direction)


def reviewed_clauses(session: Session, source_key: int, verdict: Verdict) -> tuple[ReviewedClause, ...]:
    """Return every clause change of a verdict on texts of a source, with its reviews, in the order of the verdict."""
    return _clauses(verdict, reviews_of(session, [source_key])[source_key])


def reviews_on(session: Session, rows: Sequence[Change]) -> dict[str, tuple[ReviewedClause, ...]]:
    """Return those clause changes of stored changes that people reviewed, by the change's id."""
    known = reviews_of(session, {row.source_key for row in rows})
    found = {}
    for row in rows:
        if known[row.source_key]:
            clauses = _clauses(Verdict.from_json(row.verdict), known[row.source_key])
            found[row.id] = tuple(clause for clause in clauses if clause.reviews)
    return {ident: clauses for ident, clauses in found.items() if clauses}


def deserves_alert(row: Change, clauses: Sequence[ReviewedClause]) -> bool:
    """Return whether a change deserves an alert by what people said of its clauses, and by its verdict elsewhere."""
    material = ClauseClass.MATERIAL
    if all((clause.cls is material) == (clause.change.judgement.cls is material) for clause in clauses):
        # The verdict may see more than clauses: a text that breaks off, one that was held as suspect.
        return row.alert
    return any(clause.cls is material for clause in clauses)


def review_clause(
    session: Session, ident: str, number: int, opinion: Opinion, now: datetime
) -> tuple[ChangeEntry, ReviewedClause]:
    """Record what a person says of one clause change, in the trail too; return it as it stands then.

    Args:
        session: of a writer.
        ident: id of the change, or its beginning.
        number: of the clause change in its verdict, from 1.
        opinion: what the person says.
        now: when.

    Raises:
        UsageError: there is no such change, or it has no clause of this number.

    """
    entry = change(session, ident)
    verdict = Verdict.from_json(entry.change.verdict)
    changes = verdict.changes
    if not 1 <= number <= len(changes):
        known = f"clauses 1 to {len(changes)}" if len(changes) > 1 else "clause 1 only" if changes else "no clauses"
        raise UsageError(f"change {entry.change.id} has {known}; `tracker review {entry.change.id}` lists them")
    clause = changes[number - 1]
    add_review(
        session,
        entry.change.source_key,
        entry.change.id,
        (clause.before, clause.after),
        clause_class=opinion.cls.value,
        topics=None if opinion.topics is None else [topic.value for topic in ordered_topics(opinion.topics)],
        direction=None if opinion.direction is None else opinion.direction.value,
        note=opinion.note,
        reviewer=opinion.reviewer,
        at=now,
    )
    append(
        session,
        at=now,
        actor=opinion.reviewer,
        action="review.add",
        source=entry.source.id,
        subject=entry.change.id,
        detail={"clause": number, "class": opinion.cls.value, "note": opinion.note},
    )
    return entry, reviewed_clauses(session, entry.change.source_key, verdict)[number - 1]


def labelled_pairs(
    session: Session, *, source_key: int | None = None, since: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Yield every change with a reviewed clause as a labelled pair, oldest first within a source.

    Args:
        session: of a reader.
        source_key: only of this source.
        since: only those with a review given then or later.

    """
    given: dict[int, set[Hashes]] = {}
    for entry in list_reviews(session, source_key=source_key, since=since):
        review = entry.review
        given.setdefault(review.source_key, set()).add((review.before_sha256, review.after_sha256))
    for key in sorted(given):
        owner = session.get_one(SourceRow, key)
        query = select(Change).where(Change.source_key == key, Change.state != ChangeState.SUPERSEDED.value)
        known = reviews_of(session, [key])[key]
        for row in session.exec(query.order_by(col(Change.first_seen_after), col(Change.id))):
            clauses = _clauses(Verdict.from_json(row.verdict), known)
            if any(hashes_of((clause.change.before, clause.change.after)) in given[key] for clause in clauses):
                yield _labelled_pair(session, row, owner, clauses)


def _clauses(verdict: Verdict, known: dict[Hashes, list[Review]]) -> tuple[ReviewedClause, ...]:
    return tuple(
        ReviewedClause(number, clause, tuple(known.get(hashes_of((clause.before, clause.after)), ())) if known else ())
        for number, clause in enumerate(verdict.changes, 1)
    )


def _labelled_pair(
    session: Session, row: Change, owner: SourceRow, clauses: Sequence[ReviewedClause]
) -> dict[str, Any]:
    before, after = (
        write_markdown(stored_blocks(read_version(session, version)))
        for version in (row.before_version_id, row.after_version_id)
    )
    alert = deserves_alert(row, clauses)
    found = [clause.change.judgement.severity for clause in clauses if clause.cls is ClauseClass.MATERIAL]
    weightiest = max(found, key=lambda severity: severity.rank, default=Severity.NONE)
    severity = _LABELLED_SEVERITY.get(weightiest, weightiest) if alert else Severity.NONE
    return {
        "id": row.id,
        "service": owner.organisation or owner.name,
        "document": owner.document_type,
        "date": row.first_seen_after.date().isoformat(),
        "before": before,
        "after": after,
        "alert": alert,
        "severity": severity.value,
        "summary": row.summary,
        "hunks": [_hunk(clause) for clause in clauses],
    }


def _hunk(clause: ReviewedClause) -> dict[str, Any]:
    change, review = clause.change, clause.review
    moved = change.kind is ChangeKind.MOVED
    return {
        "n": clause.number - 1,
        "change": _LABELLED_KIND[change.kind],
        "before": "" if moved else change.before,
        "after": change.after,
        "class": clause.cls.value,
        "topics": [topic.value for topic in clause.topics],
        "direction": clause.direction.value if clause.cls is ClauseClass.MATERIAL else None,
        "kinds": None,
        "label": "machine" if review is None else "reviewer",
        "reviewer": None if review is None else review.reviewer,
        "note": None if review is None else review.note,
    }
