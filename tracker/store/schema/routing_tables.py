"""The tables of who is told what: mutes of topics, alarms that were raised, digests that went out."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from tracker.store.schema.columns import key_column, ref_column, text_column


class Mute(SQLModel, table=True):
    """A topic of which nobody is alerted, of one source or of all. Whole sources are muted by `muted_until`."""

    id: int | None = key_column()
    source_key: int | None = ref_column("source.key", nullable=True)  #: None holds for every source
    topic: str  #: a Topic
    until: datetime | None = None  #: None has no end
    by: str = text_column()
    note: str = text_column()
    at: datetime
    ended_at: datetime | None = Field(default=None, index=True)  #: when somebody ended it


class Alarm(SQLModel, table=True):
    """Something an operator was told of, and is not told of again before it is over: the row is there as long."""

    key: str = Field(primary_key=True)  #: names what is wrong: its kind and what it is of
    kind: str
    together: str  #: what is told in one message: alarms of one host, say
    source_key: int | None = ref_column("source.key", nullable=True)
    raised_at: datetime


class RouteState(SQLModel, table=True):
    """How far the digests of a route went."""

    __tablename__ = "route_state"

    route: str = Field(primary_key=True)
    digest_until: datetime  #: the last digest looked back from here; the next one begins here
