"""What the schema needs beyond tables: indexes that the two databases write differently, and the lock on the trail.

Made with the tables of a new store; the migrations hold their own copies, since a revision never changes.
"""

from sqlalchemy import DDL, event
from sqlmodel import SQLModel

from tracker.store.schema.accents import folded_sql
from tracker.store.schema.copy_tables import ArchiveCopy as _ArchiveCopy  # noqa: F401 - fills the metadata
from tracker.store.schema.held_tables import HeldSight as _HeldSight  # noqa: F401 - fills the metadata
from tracker.store.schema.message_tables import MessageThread as _MessageThread  # noqa: F401 - fills the metadata
from tracker.store.schema.noise_tables import VolatileBlock as _VolatileBlock  # noqa: F401 - fills the metadata
from tracker.store.schema.order_tables import BackfillOrder as _BackfillOrder  # noqa: F401 - fills the metadata
from tracker.store.schema.people_tables import TrailEntry
from tracker.store.schema.routing_tables import Mute as _Mute  # noqa: F401 - fills the metadata
from tracker.store.schema.tables import Change, ClauseText
from tracker.store.schema.tally_ddl import CREATE as _SQLITE_TALLY
from tracker.store.schema.tally_ddl import DROP as _SQLITE_NO_TALLY

#: Characters of a clause that PostgreSQL's index reads; a tsvector holds no more than a megabyte.
SEARCHED = 100_000

#: The text of a clause as PostgreSQL's index reads it, without accents; SQLite's does not see them either.
POSTGRES_TEXT = folded_sql(f"left(text, {SEARCHED})")

#: The words of a clause on PostgreSQL, in the form that its index has. Its parser takes addresses, "and/or" and amounts
#: for one word each, which nobody finds who looks for a part of it; so what it reads holds no ASCII sign.
POSTGRES_WORDS = rf"to_tsvector('simple', regexp_replace({POSTGRES_TEXT}, '[!-/:-@\[-`{{-~]', ' ', 'g'))"

_SQLITE_SEARCH = (
    (
        # It keeps no text: `clause_packs` does, and tells it what comes and goes.
        "create virtual table clause_fts using fts5(text, content='', tokenize='unicode61 remove_diacritics 2')"
    ),
)
_POSTGRES_SEARCH = (f"create index ix_clause_words on clause using gin ({POSTGRES_WORDS})",)

#: All that counts of changes read, so that counting reads no verdict; PostgreSQL has no order of JSON to sort flags by.
_COUNTED = "source_key, first_seen_after, state, severity, direction, alert, topic_mask"
_SQLITE_COUNTS = (f"create index ix_change_counts on change({_COUNTED}, flags)",)
_POSTGRES_COUNTS = (f"create index ix_change_counts on change({_COUNTED}) include (flags)",)

_SQLITE_TRAIL = tuple(
    f"create trigger trail_no_{action} before {action} on trail begin "
    "select raise(abort, 'the trail is append-only'); end"
    for action in ("update", "delete")
)
_POSTGRES_TRAIL = (
    (
        "create or replace function trail_refuse() returns trigger language plpgsql as "
        "$$ begin raise exception 'the trail is append-only'; end $$"
    ),
    "create trigger trail_refuse before update or delete on trail for each row execute function trail_refuse()",
)


def _after(table: type[SQLModel], moment: str, dialect: str, statements: tuple[str, ...]) -> None:
    for statement in statements:
        ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
        event.listen(SQLModel.metadata.tables[str(table.__tablename__)], moment, ddl)


_after(ClauseText, "after_create", "sqlite", _SQLITE_SEARCH)
_after(ClauseText, "after_create", "postgresql", _POSTGRES_SEARCH)
_after(Change, "after_create", "sqlite", _SQLITE_COUNTS)
_after(Change, "after_create", "postgresql", _POSTGRES_COUNTS)
_after(ClauseText, "after_drop", "sqlite", ("drop table if exists clause_fts",))
_after(TrailEntry, "after_create", "sqlite", _SQLITE_TRAIL)
_after(TrailEntry, "after_create", "postgresql", _POSTGRES_TRAIL)
for _moment, _statements in (("after_create", _SQLITE_TALLY), ("before_drop", _SQLITE_NO_TALLY)):
    for _statement in _statements:
        _ddl = DDL(_statement.replace("%", "%%")).execute_if(dialect="sqlite")  # type: ignore[no-untyped-call]
        event.listen(SQLModel.metadata, _moment, _ddl)
