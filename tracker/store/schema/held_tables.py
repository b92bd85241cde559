"""The tables of texts that are held back as suspect, and of the captures that showed them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from tracker.store.schema.columns import BigId, key_column, ref_column, text_column


class HeldText(SQLModel, table=True):
    """A text that a guard held back as suspect: kept, shown to the operator, not a version (yet)."""

    __tablename__ = "held_text"

    id: int | None = key_column()
    source_key: int = ref_column("source.key")
    text_sha256: str
    reason: str  #: the guard's name
    detail: str = text_column()
    first_seen_at: datetime
    last_seen_at: datetime
    times_seen: int = 1
    state: str = "held"  #: held, accepted, released or gone

    __table_args__ = (
        UniqueConstraint("source_key", "text_sha256", "first_seen_at"),
        CheckConstraint("state in ('held', 'accepted', 'released', 'gone')", name="state"),
    )


class HeldSight(SQLModel, table=True):
    """A capture that showed a held text: a row of its own, so that one more costs the same after years of them."""

    __tablename__ = "held_sight"

    id: int | None = key_column()  #: in the order in which they came
    held_text_id: int = ref_column("held_text.id", index=False)
    snapshot_id: int = Field(sa_column=Column(BigId, nullable=False))

    __table_args__ = (UniqueConstraint("held_text_id", "snapshot_id"),)
