"""How all sources stand, in a few queries however many there are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.people_tables import Triage
from tracker.store.schema.tables import Change, SourceRow
from tracker.words import ChangeState, Severity


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as a list shows it."""

    key: int
    id: str
    name: str
    organisation: str
    document_type: str
    tags: tuple[str, ...]
    paused: bool
    muted_until: datetime | None
    last_checked_at: datetime | None
    last_success_at: datetime | None
    last_changed_at: datetime | None
    failures: int
    last_failure: str | None
    unread: int  #: material changes nobody has seen yet
    weightiest: Severity  #: of these
    held: str | None  #: the guard's reason, where a text is held as suspect
    unstable_since: datetime | None  #: since when it flips between known texts

    @property
    def health(self) -> str:
        """Return failing, held, unstable, paused, muted, new or well: the first that holds."""
        if self.failures:
            return "failing"
        if self.held:
            return "held"
        if self.unstable_since is not None:
            return "unstable"
        if self.paused:
            return "paused"
        if self.muted_until is not None:
            return "muted"
        return "well" if self.last_success_at else "new"


@dataclass(frozen=True, slots=True)
class OverviewFilter:
    """Which sources are wanted; what is blank wants all."""

    text: str = ""  #: in id, name or organisation, whatever the case
    tag: str = ""
    document_type: str = ""
    severity: str = ""  #: with unread changes of at least this weight
    health: str = ""

    def fits(self, state: SourceState) -> bool:
        """Return whether a source is wanted."""
        told = f"{state.id} {state.name} {state.organisation}".casefold()
        return (
            self.text.casefold() in told
            and (not self.tag or self.tag in state.tags)
            and (not self.document_type or self.document_type == state.document_type)
            and (not self.severity or (state.unread > 0 and state.weightiest.rank >= Severity(self.severity).rank))
            and (not self.health or self.health == state.health)
        )


_COLUMNS = (
    "key", "id", "name", "organisation", "document_type", "tags", "paused", "muted_until", "last_checked_at",
    "last_success_at", "last_changed_at", "failures", "last_failure", "unstable_since",
)  # fmt: skip


def source_states(session: Session, now: datetime, key: int | None = None) -> list[SourceState]:
    """Return all followed sources: those with unread changes first, the weightiest first, then those that fail.

    A mute that is over is none. `key` asks for one source alone.
    """
    unread = _unread(session, key)
    held = dict(session.exec(select(HeldText.source_key, HeldText.reason).where(HeldText.state == "held")).all())
    columns = [col(getattr(SourceRow, name)) for name in _COLUMNS]
    found = []
    query = select_columns(*columns).where(col(SourceRow.state) == "active")
    if key is not None:
        query = query.where(col(SourceRow.key) == key)
    for row in session.execute(query):
        told = dict(zip(_COLUMNS, row, strict=True))
        if told["muted_until"] is not None and told["muted_until"] <= now:
            told["muted_until"] = None
        count, weight = unread.get(told["key"], (0, Severity.NONE))
        told["tags"] = tuple(told["tags"])
        found.append(SourceState(**told, unread=count, weightiest=weight, held=held.get(told["key"])))
    return sorted(found, key=_attention)


def unread_changes(session: Session, source_keys: Collection[int]) -> list[str]:
    """Return the ids of the material changes of sources that nobody has seen yet."""
    query = select(Change.id).where(*_is_unread(), col(Change.source_key).in_(source_keys))
    return list(session.exec(query.join(Triage, col(Triage.change_id) == col(Change.id), isouter=True)))


def _unread(session: Session, key: int | None) -> dict[int, tuple[int, Severity]]:
    query = (
        select_columns(col(Change.source_key), col(Change.severity), func.count())
        .join(Triage, col(Triage.change_id) == col(Change.id), isouter=True)
        .where(*_is_unread())
        .group_by(col(Change.source_key), col(Change.severity))
    )
    if key is not None:
        query = query.where(col(Change.source_key) == key)
    found: dict[int, tuple[int, Severity]] = {}
    for owner, severity, count in session.execute(query):
        before, weight = found.get(owner, (0, Severity.NONE))
        found[owner] = before + count, max(weight, Severity(severity), key=lambda one: one.rank)
    return found


def _is_unread() -> tuple[ColumnElement[bool], ...]:
    return (
        col(Change.state) == ChangeState.CONFIRMED.value,
        col(Change.alert).is_(True),
        func.coalesce(col(Triage.state), "new") == "new",
    )


def _attention(state: SourceState) -> tuple[int, bool, int, str, str]:
    weight = state.weightiest.rank if state.unread else 0
    return -weight, not state.failures, -state.unread, state.name.casefold(), state.id
