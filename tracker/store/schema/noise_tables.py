"""Tables of what moves on a page without being news. Words in string columns are those of `tracker.words`."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from tracker.store.schema.columns import key_column, ref_column, text_column


class VolatileBlock(SQLModel, table=True):
    """A spot of a source's page that reads differently from check to check, or did lately."""

    __tablename__ = "volatile_block"

    id: int | None = key_column()
    source_key: int = ref_column("source.key", index=False)
    mask: str  #: hash that names the spot, see `compare.volatile`
    kind: str  #: numbers or place
    state: str = "watched"
    """watched (moved lately); learnt (moves all the time); pinned or never (volatile or not, as a person said)."""
    sample: str = text_column()  #: what it displayed last
    section: str = text_column()  #: the nearest heading above it
    recent: int = 0  #: a bit per check, the latest one lowest: whether it read otherwise than in the check before
    checks: int = 0  #: how many of these bits are filled
    times_moved: int = 0  #: in all
    wordings: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Hashes of the last wordings, the latest last: how many there were lately."""
    first_moved_at: datetime
    last_moved_at: datetime
    set_by: str = text_column()  #: who pinned it, or said never
    set_at: datetime | None = None

    __table_args__ = (
        UniqueConstraint("source_key", "mask"),
        CheckConstraint("kind in ('numbers', 'place')", name="kind"),
        CheckConstraint("state in ('watched', 'learnt', 'pinned', 'never')", name="state"),
    )
