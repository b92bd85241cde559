"""What people say of clause changes, and what changes were said to mean before they were judged again."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.database import chunked, storable
from tracker.store.schema.people_tables import Review
from tracker.store.schema.tables import PastVerdict, SourceRow

#: The texts of a clause change before and after, as displayed; "" where a side has none.
Texts = tuple[str, str]

#: Their hashes, under which reviews of them are found.
Hashes = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """A review with the source it belongs to."""

    review: Review
    source: SourceRow
    current: bool  #: no later review speaks of the same two texts


def hashes_of(texts: Texts) -> Hashes:
    """Return the SHA-256 of each text as the store keeps it."""
    before, after = (hashlib.sha256(storable(text).encode()).hexdigest() for text in texts)
    return before, after


def add_review(
    session: Session,
    source_key: int,
    change_id: str,
    texts: Texts,
    *,
    clause_class: str,
    topics: list[str] | None,
    direction: str | None,
    note: str,
    reviewer: str,
    at: datetime,
) -> Review:
    """Record what a person says of the step from one clause text to another; earlier reviews of it stay.

    Args:
        session: of a writer.
        source_key: the source that shows the step.
        change_id: the change it was reviewed on.
        texts: before and after.
        clause_class: the class the person gives it.
        topics: None where the person left them to the machine.
        direction: likewise.
        note: in the person's words.
        reviewer: who it is.
        at: when.

    """
    before_sha256, after_sha256 = hashes_of(texts)
    review = Review(
        source_key=source_key,
        change_id=change_id,
        before_sha256=before_sha256,
        after_sha256=after_sha256,
        before=texts[0],
        after=texts[1],
        clause_class=clause_class,
        topics=topics,
        direction=direction,
        note=note,
        reviewer=reviewer,
        at=at,
    )
    session.add(review)
    session.flush()
    return review


def reviews_of(session: Session, source_keys: Iterable[int]) -> dict[int, dict[Hashes, list[Review]]]:
    """Return all reviews of sources by source and the texts they speak of, the latest first."""
    keys = sorted(set(source_keys))
    found: dict[int, dict[Hashes, list[Review]]] = {key: {} for key in keys}
    for part in chunked(keys):
        query = select(Review).where(col(Review.source_key).in_(part))
        for review in session.exec(query.order_by(col(Review.id).desc())):
            hashes = (review.before_sha256, review.after_sha256)
            found[review.source_key].setdefault(hashes, []).append(review)
    return found


def list_reviews(
    session: Session, *, source_key: int | None = None, since: datetime | None = None
) -> list[ReviewEntry]:
    """Return reviews, the newest first, of one source and given since a time where asked for."""
    query = select(Review, SourceRow).join(SourceRow, col(SourceRow.key) == col(Review.source_key))
    if source_key is not None:
        query = query.where(Review.source_key == source_key)
    seen: set[tuple[int, str, str]] = set()
    found = []
    for review, source in session.exec(query.order_by(col(Review.id).desc())):
        step = (review.source_key, review.before_sha256, review.after_sha256)
        if since is None or review.at >= since:
            found.append(ReviewEntry(review, source, current=step not in seen))
        seen.add(step)
    return found


def past_verdicts(session: Session, change_ids: Iterable[str]) -> dict[str, list[PastVerdict]]:
    """Return the earlier verdicts of changes by their ids, the oldest first; changes judged only once are left out."""
    found: dict[str, list[PastVerdict]] = {}
    for part in chunked(sorted(set(change_ids))):
        query = select(PastVerdict).where(col(PastVerdict.change_id).in_(part))
        for past in session.exec(query.order_by(col(PastVerdict.id))):
            past.read_verdict()
            found.setdefault(past.change_id, []).append(past)
    return found
