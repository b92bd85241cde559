"""Clauses of a source over time: what stood when, which change brought or took them, who else says the same."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from tracker.errors import UsageError
from tracker.store.database import chunked
from tracker.store.schema.tables import Change, ClauseRun, SourceRow, Version
from tracker.store.texts.clause_texts import texts_of, with_texts
from tracker.store.texts.layouts import clause_ids_of
from tracker.words import ChangeState, Topic


@dataclass(frozen=True, slots=True)
class Standing:
    """A clause as it stands, or stood, in a source."""

    run: ClauseRun
    text: str

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Return what it speaks of."""
        return Topic.in_mask(self.run.topics)


def clause_text(session: Session, clause_id: int) -> str:
    """Return the displayed text of a clause.

    Raises:
        UsageError: there is no such clause.

    """
    words = texts_of(session, [clause_id]).get(clause_id)
    if words is None:
        raise UsageError(f"no clause {clause_id}; `tracker search` and `tracker blame` show the ids")
    return words


def runs_of(session: Session, clause_id: int, source_key: int | None = None) -> list[ClauseRun]:
    """Return the stretches over which a clause stood, in one source or in all, in time order."""
    query = select(ClauseRun).where(ClauseRun.clause_id == clause_id)
    if source_key is not None:
        query = query.where(ClauseRun.source_key == source_key)
    return list(session.exec(query.order_by(col(ClauseRun.appeared_at), col(ClauseRun.source_key))))


def standing_at(
    session: Session, source_keys: Collection[int], moment: datetime | None = None, topics: int = 0
) -> list[Standing]:
    """Return the clauses that stood in sources at a time, or stand now, in no certain order.

    Args:
        session: of a reader.
        source_keys: the sources.
        moment: None for what stands now.
        topics: a mask; only clauses that speak of any of these, where it is not 0.

    """
    query = select(ClauseRun).where(col(ClauseRun.source_key).in_(source_keys))
    if moment is None:
        query = query.where(col(ClauseRun.gone_at).is_(None))
    else:
        query = query.where(
            ClauseRun.appeared_at <= moment, or_(col(ClauseRun.gone_at).is_(None), col(ClauseRun.gone_at) > moment)
        )
    if topics:
        query = query.where(col(ClauseRun.topics).op("&")(topics) != 0)
    return [Standing(run, text) for run, text in with_texts(session, session.exec(query).all())]


def clause_order(session: Session, version_id: int) -> list[int]:
    """Return the ids of a version's clauses in reading order."""
    return clause_ids_of(session, session.get_one(Version, version_id))


def changes_at(session: Session, source_key: int, moments: Collection[datetime]) -> list[Change]:
    """Return the changes whose new text was first seen at given times; superseded ones are left out."""
    found: list[Change] = []
    for part in chunked(sorted(moments)):
        query = select(Change).where(
            Change.source_key == source_key,
            col(Change.first_seen_after).in_(part),
            Change.state != ChangeState.SUPERSEDED.value,
        )
        found += session.exec(query)
    return found


def change_ids_at(session: Session, source_key: int, moments: Collection[datetime]) -> dict[datetime, str]:
    """Return the ids of the changes that brought new texts at given times, without reading their verdicts."""
    found: dict[datetime, str] = {}
    for part in chunked(sorted(set(moments))):
        query = select(Change.first_seen_after, Change.id).where(
            Change.source_key == source_key,
            col(Change.first_seen_after).in_(part),
            Change.state != ChangeState.SUPERSEDED.value,
        )
        found.update(session.exec(query).all())
    return found


def sources_saying(session: Session, clause_id: int) -> list[SourceRow]:
    """Return the sources that say, or said, a clause, by id."""
    query = select(ClauseRun.source_key).where(ClauseRun.clause_id == clause_id)
    rows = session.exec(select(SourceRow).where(col(SourceRow.key).in_(query)).order_by(col(SourceRow.id)))
    return list(rows)


def others_saying(session: Session, clause_id: int, source_key: int, limit: int) -> list[tuple[SourceRow, ClauseRun]]:
    """Return other sources that say, or said, the very same words, those that still do first."""
    query = (
        select(SourceRow, ClauseRun)
        .join(ClauseRun, col(ClauseRun.source_key) == col(SourceRow.key))
        .where(ClauseRun.clause_id == clause_id, ClauseRun.source_key != source_key)
        .order_by(col(ClauseRun.gone_at).is_not(None), col(SourceRow.id), col(ClauseRun.appeared_at))
    )
    return list(session.exec(query.limit(limit)).all())


def ordered(found: Sequence[Standing], order: Sequence[int]) -> list[Standing]:
    """Return clauses in the reading order of a version; those it does not show come last."""
    place = {ident: at for at, ident in reversed(list(enumerate(order)))}
    return sorted(found, key=lambda item: (place.get(item.run.clause_id, len(order)), item.run.clause_id))
