"""The table of copies that a public archive is asked to make."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from tracker.store.schema.columns import key_column, text_column


class ArchiveCopy(SQLModel, table=True):
    """A page that an archive is to keep, since a change of it was confirmed. Asked at least once, like a delivery."""

    __tablename__ = "archive_copy"

    id: int | None = key_column()
    change_id: str = Field(sa_column=Column(Text, ForeignKey("change.id", ondelete="CASCADE"), nullable=False))
    url: str = text_column()
    state: str = "pending"  #: pending; asked (the archive is at work); saved; dead
    attempts: int = 0  #: that failed
    next_attempt_at: datetime
    lease_until: datetime | None = None
    created_at: datetime
    job: str | None = None  #: what the archive calls its work
    asked_at: datetime | None = None
    memento: str | None = text_column(nullable=True)  #: address of the copy
    saved_at: datetime | None = None  #: when the page looked like the copy, as the archive says
    last_error: str | None = text_column(nullable=True)

    __table_args__ = (
        UniqueConstraint("change_id", "url"),
        Index("ix_archive_copy_due", "state", "next_attempt_at"),
        CheckConstraint("state in ('pending', 'asked', 'saved', 'dead')", name="state"),
    )
