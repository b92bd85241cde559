"""What moves on a page without being news: spots that never stand still, and texts a page shows in turn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from tracker.errors import UsageError
from tracker.hosts import host_of
from tracker.store.database import chunked
from tracker.store.history.history import IN_TIME
from tracker.store.people.reviews import past_verdicts
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.noise_tables import VolatileBlock
from tracker.store.schema.tables import Change, CheckLog, Event, Extraction, Observation, SourceRow, Version
from tracker.words import ChangeState

#: Checks that tell whether a page shows something of its document; the others say nothing about flipping.
TELLING = ("unchanged", "new", "known")

#: The events of a source that began, or ceased, to flip.
UNSTABLE, STABLE = "unstable", "stable"

#: Variants that a new text is held against, those seen last first.
MOST_VARIANTS = 6


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the texts a page shows in turn."""

    version: Version
    first_seen: datetime  #: since the page began to flip, or right before
    last_seen: datetime
    runs: int  #: how often the page came to show it


def volatile_blocks(session: Session, source_key: int) -> list[VolatileBlock]:
    """Return the spots of a source that moved lately or that people spoke of, those that moved first first."""
    query = select(VolatileBlock).where(VolatileBlock.source_key == source_key)
    return list(session.exec(query.order_by(col(VolatileBlock.first_moved_at), col(VolatileBlock.id))))


def volatile_block(session: Session, source_key: int, block_id: int) -> VolatileBlock:
    """Return one spot of a source.

    Raises:
        UsageError: the source has none of this number.

    """
    row = session.get(VolatileBlock, block_id)
    if row is None or row.source_key != source_key:
        raise UsageError(f"no volatile block {block_id} of this source; `tracker noise SOURCE` shows the numbers")
    return row


def last_settled(session: Session, source_key: int) -> datetime | None:
    """Return when a source last became stable again; None where it never was unstable, or is for the first time."""
    query = select(Event.at).where(Event.source_key == source_key, Event.kind == STABLE)
    return session.exec(query.order_by(col(Event.at).desc()).limit(1)).first()


def returns_lately(session: Session, source_key: int, checks: int) -> list[datetime]:
    """Return which of the last telling checks of a source came back to a text seen before, the earliest first.

    Checks before it last became stable do not count.
    """
    settled = last_settled(session, source_key)
    query = select(CheckLog.at, CheckLog.outcome).where(
        CheckLog.source_key == source_key, col(CheckLog.outcome).in_(TELLING)
    )
    if settled is not None:
        query = query.where(CheckLog.at > settled)
    query = query.order_by(col(CheckLog.at).desc(), col(CheckLog.id).desc()).limit(checks)
    return sorted(at for at, outcome in session.exec(query) if outcome == "known")


def variants(session: Session, row: SourceRow) -> list[Variant]:
    """Return the texts an unstable source shows in turn, those seen last first; none of one that is stable.

    A text belongs to them once the page came to show it twice, once people were told of it, or if it stood when the
    page began to flip. One that is new and still awaits its confirmation does not.
    """
    if row.unstable_since is None or row.key is None:
        return []
    fresh, told = (
        set(
            session.exec(
                select(Change.after_version_id).where(
                    Change.source_key == row.key,
                    Change.state == state.value,
                    Change.first_seen_after >= row.unstable_since,
                )
            )
        )
        for state in (ChangeState.AWAITING, ChangeState.CONFIRMED)
    )
    query = select(Observation.version_id, Observation.observed_at).where(
        Observation.source_key == row.key, Observation.origin == "live", Observation.observed_at >= row.unstable_since
    )
    before: int | None = None
    moments: dict[int, list[datetime]] = {}
    runs: Counter[int] = Counter()
    for version_id, observed_at in session.exec(query.order_by(*IN_TIME)):
        moments.setdefault(version_id, []).append(observed_at)
        runs[version_id] += version_id != before
        before = version_id
    found = [
        Variant(session.get_one(Version, version_id), seen[0], seen[-1], runs[version_id])
        for version_id, seen in moments.items()
        if version_id not in fresh
        and (
            runs[version_id] > 1 or version_id in told or _seen_before(session, row.key, version_id, row.unstable_since)
        )
    ]
    return sorted(found, key=lambda one: one.last_seen, reverse=True)[:MOST_VARIANTS]


def _seen_before(session: Session, source_key: int, version_id: int, moment: datetime) -> bool:
    query = select(Observation.id).where(
        Observation.source_key == source_key, Observation.version_id == version_id, Observation.observed_at < moment
    )
    return session.exec(query.limit(1)).first() is not None


def told_version(session: Session, source_key: int, *, but: str = "") -> int | None:
    """Return the version that people take for the one in force: that of the last change they were told of.

    Changes that deserved no alert when they were confirmed carry it on where they start from it. None where nothing was
    observed. `but` is the id of a change to leave out.
    """
    first = select(Observation.version_id).where(Observation.source_key == source_key)
    told = session.exec(first.order_by(*IN_TIME).limit(1)).first()
    columns = ("id", "state", "alert", "before_version_id", "after_version_id")
    query = select_columns(*(col(getattr(Change, name)) for name in columns)).where(
        col(Change.source_key) == source_key,
        col(Change.id) != but,
        col(Change.state).in_((ChangeState.HISTORY.value, ChangeState.CONFIRMED.value)),
    )
    rows = session.execute(query.order_by(col(Change.first_seen_after), col(Change.id))).all()
    # What people were told is what was said when it was confirmed, whatever newer rules make of it.
    past = past_verdicts(session, [row.id for row in rows])
    for row in rows:
        alert = past[row.id][0].verdict["alert"] if row.id in past else row.alert
        if row.state == ChangeState.HISTORY or alert or row.before_version_id == told:
            told = row.after_version_id
    return told


def changes_into(session: Session, source_key: int, version_id: int) -> Sequence[Change]:
    """Return the changes that brought a text, the latest first."""
    query = select(Change).where(Change.source_key == source_key, Change.after_version_id == version_id)
    return session.exec(query.order_by(col(Change.first_seen_after).desc())).all()


def observations_since(session: Session, source_key: int, moment: datetime) -> int:
    """Return how often a source was observed after a moment."""
    query = select(Observation.id).where(Observation.source_key == source_key, Observation.observed_at > moment)
    return len(session.exec(query).all())


def recent_versions(session: Session, source_key: int, observations: int = 40, limit: int = 8) -> list[int]:
    """Return the versions that a source's last observations stand for, the latest first, each once."""
    query = select(Observation.version_id).where(Observation.source_key == source_key)
    query = query.order_by(*(column.desc() for column in IN_TIME)).limit(observations)
    return list(dict.fromkeys(session.exec(query)))[:limit]


def true_version(session: Session, observation: Observation) -> int:
    """Return the version of the exact text that an observation saw.

    It differs from the one it stands for where only volatile spots read otherwise.
    """
    if observation.extraction_id is None:
        return observation.version_id
    return session.get_one(Extraction, observation.extraction_id).version_id


@dataclass(frozen=True, slots=True)
class Moving:
    """A followed source of which something moves."""

    source: SourceRow
    learnt: int  #: spots
    pinned: int


def moving_sources(session: Session) -> list[Moving]:
    """Return the followed sources that are unstable or have volatile spots, by id."""
    counts: dict[int, Counter[str]] = {}
    query = select(VolatileBlock.source_key, VolatileBlock.state)
    for key, state in session.exec(query.where(col(VolatileBlock.state).in_(("learnt", "pinned")))):
        counts.setdefault(key, Counter())[state] += 1
    wanted = select(SourceRow).where(
        SourceRow.state == "active",
        or_(col(SourceRow.unstable_since).is_not(None), col(SourceRow.key).in_(list(counts))),
    )
    found = []
    for row in session.exec(wanted.order_by(col(SourceRow.id))):
        of_source = counts.get(row.key or 0, Counter())
        found.append(Moving(row, of_source["learnt"], of_source["pinned"]))
    return found


def sources_showing(session: Session, host: str, text_sha256: str, source_key: int) -> int:
    """Return how many other followed sources of a host show, or were held for, a text."""
    query = select(SourceRow.key, SourceRow.url).where(
        SourceRow.state == "active",
        SourceRow.key != source_key,
        col(SourceRow.url).contains(f"//{host}", autoescape=True),
    )
    keys = [key for key, url in session.exec(query) if host_of(url) == host]
    found: set[int] = set()
    for part in chunked(keys):
        shown = select(Version.source_key).where(col(Version.source_key).in_(part), Version.text_sha256 == text_sha256)
        held = select(HeldText.source_key).where(
            col(HeldText.source_key).in_(part), HeldText.text_sha256 == text_sha256, HeldText.state == "held"
        )
        found |= {*session.exec(shown), *session.exec(held)}
    return len(found)
