"""How commands tell what people said of clause changes, beside the machine's verdict."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tracker.cli.output import printable
from tracker.cli.reading import time_text

if TYPE_CHECKING:
    from tracker.history.reviews import ReviewedClause
    from tracker.store.schema.people_tables import Review


def opinion_text(review: "Review", zone: ZoneInfo) -> str:
    """Return one review in a line."""
    said = [review.clause_class]
    if review.direction:
        said.append(review.direction)
    line = ", ".join(said)
    if review.topics:
        line += f": {', '.join(review.topics)}"
    line += f" (by {review.reviewer or 'somebody'}, {time_text(review.at, zone)})"
    return printable(f"{line}: {review.note}" if review.note else line)


def opinion_lines(clause: "ReviewedClause", zone: ZoneInfo) -> list[str]:
    """Return what people said of a clause change, the review that holds first."""
    names = ("reviewed", *("before that" for _ in clause.reviews[1:]))
    return [f"{name}: {opinion_text(review, zone)}" for name, review in zip(names, clause.reviews, strict=False)]


def reviewed_line(clause: "ReviewedClause", zone: ZoneInfo) -> str:
    """Return the review that holds and the machine's class, for lists of changes."""
    assert clause.review is not None
    machine = clause.change.judgement.cls
    same = "as the verdict has it" if machine is clause.cls else f"the verdict: {machine.value}"
    return f"clause {clause.number} reviewed: {opinion_text(clause.review, zone)} [{same}]"


def review_json(review: "Review") -> dict[str, Any]:
    """Return a review as plain data."""
    return {
        "class": review.clause_class,
        "topics": review.topics,
        "direction": review.direction,
        "note": review.note,
        "reviewer": review.reviewer,
        "at": review.at.isoformat(),
        "change": review.change_id,
    }


def reviews_json(clauses: "Iterable[ReviewedClause]") -> list[dict[str, Any]]:
    """Return the reviewed clauses of a change as plain data: the number, the machine's class, the review that holds."""
    return [
        {"clause": clause.number, "machine_class": clause.change.judgement.cls.value, **review_json(clause.review)}
        for clause in clauses
        if clause.review is not None
    ]
