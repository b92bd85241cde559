"""What a picture of one source's history is drawn from: plain rows without texts and verdicts, one query each."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from tracker.store.history.history import IN_TIME
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.tables import Change, CheckLog, Observation, Version
from tracker.words import ChangeState


class Sight(NamedTuple):
    """One observation."""

    version_id: int
    at: datetime
    origin: str
    archive: str | None


class StatedDates(NamedTuple):
    """The dates a version says of itself, as ISO dates."""

    stated: str | None
    effective: str | None


class Weighed(NamedTuple):
    """One change without its clauses."""

    id: str
    last_seen_before: datetime
    first_seen_after: datetime
    state: str
    alert: bool
    severity: str
    direction: str
    flags: list[str]
    summary: str


class Held(NamedTuple):
    """One text that a guard held back."""

    first_seen: datetime
    last_seen: datetime
    reason: str
    state: str


class Look(NamedTuple):
    """The outcome of one check; `failure` where it failed."""

    at: datetime
    failure: str | None


def sights(session: Session, source_key: int) -> list[Sight]:
    """Return all observations in time order."""
    query = select(Observation.version_id, Observation.observed_at, Observation.origin, Observation.archive)
    return [Sight(*row) for row in session.exec(query.where(Observation.source_key == source_key).order_by(*IN_TIME))]


def stated_dates(session: Session, source_key: int) -> dict[int, StatedDates]:
    """Return the dates of each version by its id."""
    query = select(Version.id, Version.stated_date, Version.effective_date).where(Version.source_key == source_key)
    return {key: StatedDates(stated, effective) for key, stated, effective in session.exec(query) if key is not None}


def weighed_changes(session: Session, source_key: int) -> list[Weighed]:
    """Return the changes that are not superseded, in time order."""
    columns = [col(getattr(Change, name)) for name in Weighed._fields]
    query = select(*columns).where(Change.source_key == source_key, Change.state != ChangeState.SUPERSEDED.value)
    return [Weighed(*row) for row in session.exec(query.order_by(col(Change.first_seen_after), col(Change.id)))]


def held_texts(session: Session, source_key: int) -> list[Held]:
    """Return the texts that were held back, in time order."""
    query = select(HeldText.first_seen_at, HeldText.last_seen_at, HeldText.reason, HeldText.state)
    query = query.where(HeldText.source_key == source_key)
    return [Held(*row) for row in session.exec(query.order_by(col(HeldText.first_seen_at), col(HeldText.id)))]


def looks(session: Session, source_key: int) -> list[Look]:
    """Return the outcomes of all checks that are kept, in time order."""
    query = select(CheckLog.at, CheckLog.failure).where(CheckLog.source_key == source_key)
    return [Look(*row) for row in session.exec(query.order_by(col(CheckLog.at), col(CheckLog.id)))]
