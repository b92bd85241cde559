"""The tables of messages beside the outbox: threads that later messages answer, and subscriptions by mail."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field, SQLModel

from tracker.store.schema.columns import key_column, text_column


class MessageThread(SQLModel, table=True):
    """Where a destination that keeps threads has the one of a source."""

    __tablename__ = "message_thread"

    destination: str = Field(primary_key=True)  #: the hash by which the outbox knows it
    thread: str = Field(primary_key=True)  #: a hash of what the messages belong together by
    handle: str = text_column()  #: what the destination calls it


class Subscription(SQLModel, table=True):
    """A reader's wish to get mail. No alert is sent before it is confirmed; it is deleted after it ends."""

    id: int | None = key_column()
    owner: str = text_column()  #: name of the account that asked for it
    address: str = text_column()
    sources: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  #: ids; empty means all
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    topics: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    severity: str  #: at least
    digest: str | None = None  #: None sends at once
    secret: str  #: part of what its links are signed with, so that they end with it
    state: str = Field(
        default="asked", index=True
    )  #: asked, confirmed, or ended (kept for a day, since limits count it)
    created_at: datetime = Field(index=True)
    confirmed_at: datetime | None = None
    refusals: int = 0  #: messages in a row whose recipient its server did not know
    paused_at: datetime | None = None  #: since when nothing is sent, since too many were

    __table_args__ = (
        CheckConstraint("state in ('asked', 'confirmed', 'ended')", name="state"),
        CheckConstraint("severity in ('none', 'low', 'medium', 'high', 'critical')", name="severity"),
    )
