"""The table of back-fills that people ordered and workers of a cluster do."""

from datetime import datetime

from sqlalchemy import JSON, Column, Float, ForeignKey
from sqlmodel import Field, SQLModel

from tracker.store.schema.columns import BigId, text_column


class BackfillOrder(SQLModel, table=True):
    """The last order to fill in the past of a source; a newer one takes its place."""

    __tablename__ = "backfill_order"

    source_key: int = Field(
        sa_column=Column(BigId, ForeignKey("source.key", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    since: str | None = None  #: ISO date
    until: str | None = None
    every_seconds: float | None = Field(default=None, sa_column=Column(Float, nullable=True))
    archives: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    asked_at: datetime
    next_try_at: datetime
    attempts: int = 0  #: that ended early
    finished_at: datetime | None = Field(default=None, index=True)
    note: str = text_column()  #: what it came to, or why it waits
