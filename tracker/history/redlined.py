"""Lays a step between two texts out for reading: every clause of both in one order, with what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from tracker.compare.model import ClauseChange
from tracker.store.texts.versions import StoredClause
from tracker.words import ChangeKind

#: Unchanged clauses that stay in sight beside a change.
CONTEXT = 1


class Fate(StrEnum):
    """What became of a clause."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"  #: stands here now
    MOVED_AWAY = "moved away"  #: stood here before


@dataclass(frozen=True, slots=True)
class Line:
    """A clause, or clauses that belong together, at its place in the reading order."""

    fate: Fate
    before: str
    after: str
    clause: StoredClause  #: whose shape it is shown in: that of the new text where there is one
    number: int | None  #: of the clause change in the verdict, from 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that follow each other; those out of sight hold nothing that changed."""

    lines: tuple[Line, ...]
    out_of_sight: bool


def lines_of(
    changes: Sequence[ClauseChange], before: Sequence[StoredClause], after: Sequence[StoredClause]
) -> list[Line]:
    """Return the clauses of both texts in the order of the new one; what is gone stands after what stood before it.

    Args:
        changes: all clause changes of the verdict on the two texts.
        before: clauses of the old text in reading order.
        after: of the new one.

    """
    if not before or not after:  # a verdict on a blank side lists no clauses
        return [Line(Fate.ADDED, "", clause.text, clause, None) for clause in after] + [
            Line(Fate.REMOVED, clause.text, "", clause, None) for clause in before
        ]
    numbered = list(enumerate(changes, 1))
    of_after = {at: (number, change) for number, change in numbered for at in change.after_at}
    of_before = {at: (number, change) for number, change in numbered for at in change.before_at}
    kept_before = [at for at in range(len(before)) if at not in of_before]
    kept_after = [at for at in range(len(after)) if at not in of_after]
    # What no change lists is the same on both sides, in the same order.
    places = dict(zip(kept_before, kept_after, strict=False))
    places |= {
        change.before_at[0]: change.after_at[0]
        for change in changes
        if change.before_at and change.after_at and not _is_moved(change)
    }
    left: dict[int, list[Line]] = {}
    anchor = -1
    for at, clause in enumerate(before):
        if at in places:
            anchor = max(anchor, places[at])
        number, change = of_before.get(at, (None, None))
        if change is None or change.before_at[0] != at:
            continue
        if not change.after_at:
            left.setdefault(anchor, []).append(Line(Fate.REMOVED, change.before, "", clause, number))
        elif _is_moved(change):
            left.setdefault(anchor, []).append(Line(Fate.MOVED_AWAY, change.before, "", clause, number))
    found = list(left.get(-1, ()))
    for at, clause in enumerate(after):
        number, change = of_after.get(at, (None, None))
        if change is None:
            found.append(Line(Fate.SAME, clause.text, clause.text, clause, None))
        elif change.after_at[0] == at:
            found.append(Line(_fate(change), change.before, change.after, clause, number))
        found += left.get(at, ())
    return found


def stretches_of(lines: Sequence[Line], context: int = CONTEXT) -> list[Stretch]:
    """Return lines in stretches, those that are far from any change out of sight."""
    near = [False] * len(lines)
    for at, line in enumerate(lines):
        if line.fate is not Fate.SAME:
            for place in range(max(0, at - context), min(len(lines), at + context + 1)):
                near[place] = True
    return [
        Stretch(tuple(line for _, line in group), not seen)
        for seen, group in groupby(zip(near, lines, strict=True), key=lambda item: item[0])
    ]


def _is_moved(change: ClauseChange) -> bool:
    return bool(change.before_at) and bool(change.after_at) and (change.moved or change.kind is ChangeKind.MOVED)


def _fate(change: ClauseChange) -> Fate:
    if not change.before_at:
        return Fate.ADDED
    return Fate.MOVED if _is_moved(change) else Fate.CHANGED
