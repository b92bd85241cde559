"""Learns which spots of a page never stand still, from check to check."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from tracker.compare.judging.quieten import quieten_spots
from tracker.compare.model import Document, Verdict
from tracker.compare.text.volatile import Spot, SpotKind, mask_of, moved_spots
from tracker.daemon.checks.standing import Standing
from tracker.daemon.runtime import Runtime
from tracker.history.texts import load_document
from tracker.sources.model import Source
from tracker.store.schema.noise_tables import VolatileBlock
from tracker.store.work.noise import true_version, volatile_blocks

#: Checks over which a spot is watched; one that stood still for so long is forgotten.
WINDOW = 8
#: Moves within the window from which a spot is learnt; one told by its place has to move in most checks besides.
LEARNT_AFTER = {SpotKind.NUMBERS: 2, SpotKind.PLACE: 4}
#: Spots that move at once, above which the page was rewritten and nothing is learnt.
MOST_AT_ONCE = 20
#: Spots kept of a source.
MOST_SPOTS = 60
#: Characters kept of what a spot displays, and wordings remembered by their hash.
SAMPLE, WORDINGS = 1_000, 16


class Spots:
    """The spots of a source that are volatile at the moment."""

    def __init__(self, rows: Sequence[VolatileBlock], source: Source) -> None:
        told = {mask_of(text, source.names) for text in source.volatile}
        self.learnt = frozenset(row.mask for row in rows if row.state == "learnt")
        self.pinned = frozenset(row.mask for row in rows if row.state == "pinned") | told

    @property
    def masks(self) -> frozenset[str]:
        """Return the hashes of all of them."""
        return self.learnt | self.pinned

    def quieten(self, verdict: Verdict, before: Document, after: Document) -> Verdict:
        """Return a verdict in which what these spots explain is noise."""
        return quieten_spots(verdict, before, after, self.learnt, self.pinned)


def spots_of(session: Session, source: Source, source_key: int) -> Spots:
    """Return the volatile spots of a source: learnt ones, and those pinned by people or by the sources file."""
    return Spots(volatile_blocks(session, source_key), source)


def moves_since(runtime: Runtime, source: Source, standing: Standing, document: Document) -> tuple[Spot, ...] | None:
    """Return which spots read otherwise than in the check before; None where that says nothing.

    That is so for a first text, a page that was rewritten, and one that is read under other rules than before.
    """
    observation = standing.observation
    if observation is None or standing.document is None or standing.version_id != observation.version_id:
        return None
    with runtime.database.read() as session:
        exact = true_version(session, observation)
        before = standing.document if exact == standing.version_id else load_document(session, exact, source.names)
    moved = moved_spots(before, document)
    return None if len(moved) > MOST_AT_ONCE else moved


def learn(session: Session, source_key: int, moved: Sequence[Spot], now: datetime) -> None:
    """Enter what moved in a check, and decide anew which spots are volatile. The session is of a writer."""
    rows = {row.mask: row for row in volatile_blocks(session, source_key)}
    fresh = {spot.mask: spot for spot in moved}
    for mask, row in rows.items():
        _enter(row, fresh.get(mask), now)
        if row.state in {"watched", "learnt"}:
            if row.recent == 0:
                session.delete(row)
            else:
                row.state = "learnt" if _is_volatile(row) else row.state
    room = MOST_SPOTS - len(rows)
    for spot in [spot for mask, spot in fresh.items() if mask not in rows][: max(room, 0)]:
        row = VolatileBlock(
            source_key=source_key, mask=spot.mask, kind=spot.kind.value, first_moved_at=now, last_moved_at=now
        )
        _enter(row, spot, now)
        session.add(row)


def _enter(row: VolatileBlock, spot: Spot | None, now: datetime) -> None:
    row.recent = (row.recent << 1 | (spot is not None)) & ((1 << WINDOW) - 1)
    row.checks = min(row.checks + 1, WINDOW)
    if spot is None:
        return
    row.times_moved += 1
    row.last_moved_at = now
    row.sample, row.section = spot.after[:SAMPLE], spot.section[:SAMPLE]
    wording = hashlib.sha256(spot.after.encode()).hexdigest()[:12]
    row.wordings = [*(one for one in row.wordings if one != wording), wording][-WORDINGS:]


def _is_volatile(row: VolatileBlock) -> bool:
    moves = row.recent.bit_count()
    kind = SpotKind(row.kind)
    return moves >= LEARNT_AFTER[kind] and (kind is SpotKind.NUMBERS or 2 * moves > row.checks)
