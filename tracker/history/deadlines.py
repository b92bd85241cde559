"""Days that announced changes set: from when a new text holds, and until when one may object to it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from tracker.compare.model import When
from tracker.store.history.deadlines import with_days
from tracker.store.history.history import ChangeEntry
from tracker.store.people.triage import triage_of
from tracker.store.schema.tables import Change
from tracker.words import Severity


class DayKind(StrEnum):
    """What happens on the day."""

    EFFECTIVE = "effective"  #: from then on the new text holds
    OBJECTION = "objection"  #: the last day to object


@dataclass(frozen=True, slots=True)
class Deadline:
    """One day that a change sets."""

    entry: ChangeEntry
    kind: DayKind
    day: date
    words: str  #: as displayed: "1 March 2026", "within 30 days"
    quote: str  #: the sentence it stands in
    dismissed: bool  #: a person said that the change does not matter

    def days_left(self, today: date) -> int:
        """Return how many days are left: 0 on the day itself, negative once it has passed."""
        return (self.day - today).days


def deadlines(
    session: Session,
    today: date,
    *,
    past: bool = False,
    days: int | None = None,
    source_keys: Collection[int] | None = None,
    limit: int | None = None,
) -> list[Deadline]:
    """Return the days that changes set: those ahead, the nearest first, or those that passed, the latest first.

    A day that several changes of a source set alike is told once, by the weightiest of them that nobody dismissed, and
    by the newest among equals.

    Args:
        session: of a reader.
        today: the day it is where the people are; it still counts as ahead.
        past: those that passed instead.
        days: only so many days ahead (or back).
        source_keys: only of these sources.
        limit: how many changes are looked at, the newest first.

    """
    edge = None if days is None else _shifted(today, -days if past else days).isoformat()
    yesterday = _shifted(today, -1).isoformat()
    since, until = (edge, yesterday) if past else (today.isoformat(), edge)
    announced = with_days(session, since=since, until=until, source_keys=source_keys, limit=limit)
    dismissed = {
        ident
        for ident, row in triage_of(session, [one.entry.change.id for one in announced]).items()
        if row.state == "dismissed"
    }
    found: dict[tuple[int, DayKind, date], Deadline] = {}
    for announcement in sorted(announced, key=lambda one: _weight(one.entry.change, dismissed)):
        entry = announcement.entry
        for kind, stored, column in (
            (DayKind.EFFECTIVE, announcement.effective, entry.change.effective_on),
            (DayKind.OBJECTION, announcement.objection, entry.change.object_by),
        ):
            if column is None or not (since or "") <= column <= (until or "9999-12-31"):
                continue
            when = When(**stored) if stored else When(column, "", "", "")
            one = Deadline(
                entry, kind, date.fromisoformat(column), when.words, when.quote, entry.change.id in dismissed
            )
            found.setdefault((entry.change.source_key, kind, one.day), one)
    order = sorted(found.values(), key=lambda one: (one.entry.source.id, one.kind))
    return sorted(order, key=lambda one: one.day, reverse=past)


def _weight(change: Change, dismissed: Collection[str]) -> tuple[bool, bool, int]:
    return change.id in dismissed, not change.alert, -Severity(change.severity).rank


def _shifted(day: date, days: int) -> date:
    """Return a day so many days away, or the first or last one of the calendar."""
    ordinal = min(max(day.toordinal() + days, 1), date.max.toordinal())
    return date.fromordinal(ordinal)
