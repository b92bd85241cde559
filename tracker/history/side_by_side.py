"""What several sources say of one topic, as of a date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from tracker.store.history.history import latest_observation, observation_at
from tracker.store.schema.tables import SourceRow
from tracker.store.texts.clauses import Standing, clause_order, ordered, standing_at
from tracker.words import Topic


@dataclass(frozen=True, slots=True)
class Column:
    """One source's clauses of a topic, in reading order."""

    source: SourceRow
    observed_at: datetime | None  #: of the observation that shows them; None where nothing is known by then
    clauses: tuple[Standing, ...]


def side_by_side(
    session: Session, sources: Sequence[SourceRow], topic: Topic, moment: datetime | None = None
) -> list[Column]:
    """Return a column for each source, in the order given; `moment` None asks for what stands now."""
    keys = [row.key for row in sources if row.key is not None]
    by_source: dict[int, list[Standing]] = {key: [] for key in keys}
    for item in standing_at(session, keys, moment, topic.bit):
        by_source[item.run.source_key].append(item)
    columns = []
    for row in sources:
        assert row.key is not None
        seen = latest_observation(session, row.key) if moment is None else observation_at(session, row.key, moment)
        if seen is None:
            columns.append(Column(row, None, ()))
            continue
        order = clause_order(session, seen.version_id) if by_source[row.key] else []
        columns.append(Column(row, seen.observed_at, tuple(ordered(by_source[row.key], order))))
    return columns
