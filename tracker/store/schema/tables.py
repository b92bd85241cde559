"""The tables of the history. Words in string columns are those of `tracker.words`; `store` imports no other room.

SQLModel classes with `table=True` do not validate: values are checked before they come here. What people say and who
they are is in `people_tables`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, Session, SQLModel

from tracker.store.schema.columns import BigId, HexDigest, key_column, ref_column, text_column, verdict_column
from tracker.store.schema.judged import Judged


class Meta(SQLModel, table=True):
    """Facts about the store itself, one per key."""

    key: str = Field(primary_key=True)
    value: str = text_column()


class SourceRow(SQLModel, table=True):
    """What the store knows of a source beside the sources file; `key` never changes, `id` may (see `formerly`)."""

    __tablename__ = "source"

    key: int | None = key_column()
    id: str = Field(unique=True)
    name: str
    organisation: str = ""
    document_type: str = ""
    url: str = text_column()
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    language: str = "en"
    jurisdiction: str | None = None
    state: str = Field(default="active")  #: active or archived (left the file)
    paused: bool = False
    muted_until: datetime | None = None

    next_check_at: datetime | None = Field(default=None, index=True)
    lease_owner: str | None = None
    lease_until: datetime | None = None
    last_checked_at: datetime | None = None
    last_success_at: datetime | None = None
    last_changed_at: datetime | None = None
    failures: int = 0  #: in a row
    last_failure: str | None = None  #: a FailureKind
    last_failure_detail: str | None = text_column(nullable=True)
    gone_since: datetime | None = None  #: since then the host says that there is no such document (404, 410)
    onboarded_at: datetime | None = None  #: when the first live text was recorded
    unstable_since: datetime | None = None  #: since when it flips between known texts; None while it does not
    quiet_checks: int = 0  #: while it is unstable: checks in a row that found the text of the check before
    runs_until: datetime | None = None
    """The last observation that `clause_run` knows of; None where the runs have to be made anew from the first."""
    runs_rules: str = ""  #: rules_version under which the topics of the runs were read
    chain_length: int = 0  #: snapshots in the hash chain
    chain_head: str = ""  #: hash of the newest link

    __table_args__ = (CheckConstraint("state in ('active', 'archived')", name="state"),)


class PageState(SQLModel, table=True):
    """Validators of a source's page for the next conditional GET, and the snapshot they belong to."""

    __tablename__ = "page_state"

    id: int | None = key_column()
    source_key: int = ref_column("source.key")
    url: str = text_column()
    etag: str | None = text_column(nullable=True)
    last_modified: str | None = text_column(nullable=True)
    snapshot_id: int | None = ref_column("snapshot.id", nullable=True, ondelete="SET NULL")

    __table_args__ = (UniqueConstraint("source_key", "url"),)


class Blob(SQLModel, table=True):
    """Content addressed by the SHA-256 of its plain bytes, compressed, maybe against another blob."""

    sha256: str = Field(primary_key=True)
    size: int = Field(sa_column=Column(BigInteger, nullable=False))  #: of the plain bytes
    encoding: str  #: "raw", "zstd", "zstd-prefix" or "removed"
    base_sha256: str | None = Field(default=None, index=True)  #: the blob whose plain bytes are the prefix
    depth: int = 0  #: blobs to decode before this one
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False), repr=False)


class Snapshot(SQLModel, table=True):
    """One capture exactly as received. Immutable; a link of its source's hash chain."""

    id: int | None = key_column()
    source_key: int = ref_column("source.key")
    sequence: int  #: place in the source's chain, in order of arrival, from 1
    url: str = text_column()
    final_url: str = text_column()
    status: int
    origin: str  #: live, archive or import
    archive: str | None = None
    replay_url: str | None = text_column(nullable=True)
    captured_at: datetime
    arrived_at: datetime  #: when it came into this store
    headers: list[list[str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    redirects: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    payload_sha256: str
    payload_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    chain_previous: str  #: hash of the link before; empty for the first
    chain_hash: str

    __table_args__ = (
        UniqueConstraint("source_key", "sequence"),
        Index("ix_snapshot_source_url_captured", "source_key", "url", "captured_at"),
        Index("ix_snapshot_payload", "payload_sha256"),
        CheckConstraint("origin in ('live', 'archive', 'import')", name="origin"),
    )


class ClauseText(SQLModel, table=True):
    """A displayed clause, addressed by the SHA-256 of its text. `tracker.store.texts.clause_texts` reads texts."""

    __tablename__ = "clause"

    id: int | None = key_column()
    sha256: str = Field(sa_column=Column(HexDigest, nullable=False, unique=True))
    text: str | None = text_column(nullable=True)  #: on PostgreSQL; on SQLite in `clause_pack`


class ClausePack(SQLModel, table=True):
    """Texts of clauses of neighbouring ids, on SQLite: `tracker.store.texts.clause_packs`; empty on PostgreSQL."""

    __tablename__ = "clause_pack"

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=False))
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False), repr=False)


class ClauseRun(SQLModel, table=True):
    """One stretch of time over which a source displayed a clause: derived from observations, made anew at will.

    It answers when words came and went, what stood at a time, and finds the sources of a clause that a search found.
    """

    __tablename__ = "clause_run"

    id: int | None = key_column()
    source_key: int = ref_column("source.key", index=False)
    clause_id: int = ref_column("clause.id")
    appeared_at: datetime  #: the first observation that showed it
    unseen_at: datetime | None = None  #: the last one before that did not; None where it stood from the first on
    gone_at: datetime | None = None  #: the first one after that did not; None where it still stands
    topics: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))  #: a mask over the words of `Topic`

    __table_args__ = (UniqueConstraint("source_key", "clause_id", "appeared_at"),)


class Version(SQLModel, table=True):
    """One distinct text of a source's document: its blocks as the ordered list of displayed clauses."""

    id: int | None = key_column()
    source_key: int = ref_column("source.key")
    text_sha256: str  #: over kinds, levels, markers and displayed texts, in order
    key_sha256: str  #: over canonical keys under `canon_version`; equal means the same meaning in another form
    canon_version: str
    layout: bytes = Field(
        sa_column=Column(LargeBinary, nullable=False), repr=False
    )  #: compressed list of clause ids and shapes, see `tracker.store.texts.layouts`
    layout_base_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    """The version of the same source against whose layout this one is compressed; None where it stands alone."""
    clauses: int
    words: int
    language: str
    stated_date: str | None = None  #: ISO date of its own "last updated" line
    effective_date: str | None = None

    __table_args__ = (UniqueConstraint("source_key", "text_sha256"),)


class Extraction(SQLModel, table=True):
    """Which snapshots, read by which extractor and rules, gave which version; never altered."""

    id: int | None = key_column()
    source_key: int = ref_column("source.key")
    snapshots_sha256: str  #: over the snapshot ids of the pages, in page order
    snapshot_ids: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    extractor_version: str
    rules_hash: str
    version_id: int = ref_column("version.id")
    created_at: datetime

    __table_args__ = (UniqueConstraint("source_key", "snapshots_sha256", "extractor_version", "rules_hash"),)


class Observation(SQLModel, table=True):
    """At this time these snapshots showed this version. A policy's history is its observations in time order."""

    id: int | None = key_column()
    source_key: int = ref_column("source.key", index=False)
    observed_at: datetime
    origin: str
    archive: str | None = None
    version_id: int = ref_column("version.id")
    extraction_id: int | None = ref_column("extraction.id", nullable=True, ondelete="SET NULL")
    region: str | None = None
    language: str | None = None

    __table_args__ = (
        UniqueConstraint("source_key", "observed_at", "origin"),
        Index("ix_observation_source_time", "source_key", "observed_at"),
        CheckConstraint("origin in ('live', 'archive', 'import')", name="origin"),
    )


class Change(Judged, SQLModel, table=True):
    """What differs between two versions that follow each other in observed time. `id` is stable across recomputing."""

    id: str = Field(primary_key=True)  #: hash of source key, both texts and the time the new one was first seen
    source_key: int = ref_column("source.key", index=False)
    before_version_id: int = ref_column("version.id")
    after_version_id: int = ref_column("version.id")
    last_seen_before: datetime  #: the old text was seen for the last time
    first_seen_after: datetime  #: the new text was seen for the first time
    origin: str  #: of the observation that brought the new text
    state: str
    confirm_at: datetime | None = Field(default=None, index=True)  #: when the second fetch is due
    created_at: datetime
    confirmed_at: datetime | None = None

    alert: bool
    severity: str
    direction: str
    topics: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    flags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    rules_version: str
    summary: str = text_column()  #: what the weightiest clause change says, in one sentence
    effective_on: str | None = Field(default=None, index=True)  #: ISO date from which the new text says it holds
    object_by: str | None = Field(default=None, index=True)  #: ISO date by which one may object
    topic_mask: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))  #: `topics` over words of `Topic`
    packed_verdict: bytes = verdict_column()

    __table_args__ = (
        Index("ix_change_source_time", "source_key", "first_seen_after"),
        Index("ix_change_time", "first_seen_after", "source_key"),
        Index("ix_change_queue", "alert", "severity", "first_seen_after", "id", "state"),
        Index("ix_change_state", "state", "alert", "source_key"),
        CheckConstraint("state in ('history', 'awaiting', 'confirmed', 'flapping', 'superseded')", name="state"),
        CheckConstraint("severity in ('none', 'low', 'medium', 'high', 'critical')", name="severity"),
        CheckConstraint("direction in ('weaker', 'stronger', 'neutral', 'mixed')", name="direction"),
    )

    def judged_change(self, session: Session) -> "Change":
        """Return itself."""
        return self


class PastVerdict(Judged, SQLModel, table=True):
    """What a change was said to mean before it was judged again under other rules. Never altered."""

    __tablename__ = "past_verdict"

    id: int | None = key_column()
    change_id: str = Field(
        sa_column=Column(Text, ForeignKey("change.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    replaced_at: datetime
    rules_version: str
    packed_verdict: bytes = verdict_column()

    def judged_change(self, session: Session) -> Change:
        """Return the change that was judged so."""
        return session.get_one(Change, self.change_id)


class Notice(SQLModel, table=True):
    """Something to tell people that is not a change: drift from a baseline, a deadline that comes near, a re-review."""

    id: int | None = key_column()
    key: str = Field(unique=True)  #: told once: names what it tells of
    kind: str
    source_key: int | None = ref_column("source.key", nullable=True)
    change_id: str | None = Field(default=None, index=True)
    title: str = text_column()
    body: str = text_column()  #: plain text
    severity: str
    created_at: datetime

    __table_args__ = (CheckConstraint("severity in ('none', 'low', 'medium', 'high', 'critical')", name="severity"),)


class Delivery(SQLModel, table=True):
    """One message to one destination: the outbox. At least once; receivers tell doubles by `idempotency_key`."""

    id: int | None = key_column()
    idempotency_key: str = Field(unique=True)
    route: str
    destination: str  #: a hash of the address, which itself may hold secrets and stays in the sources file
    label: str = ""  #: the address with its secrets masked
    change_id: str | None = Field(
        default=None, sa_column=Column(Text, ForeignKey("change.id", ondelete="CASCADE"), nullable=True, index=True)
    )
    notice_id: int | None = ref_column("notice.id", nullable=True)  #: what it tells of where that is no change
    digest: str | None = None  #: name of the digest this waits for; None goes at once
    batch: str | None = None  #: idempotency key of the message it was first tried in; it stays in that
    bundle: str | None = None  #: why it went out with others, where that is no digest: limit, quiet or shared
    state: str = Field(default="pending", index=True)  #: pending, sent or dead
    attempts: int = 0
    next_attempt_at: datetime = Field(index=True)
    lease_until: datetime | None = None
    created_at: datetime
    sent_at: datetime | None = None
    last_error: str | None = text_column(nullable=True)

    __table_args__ = (
        Index("ix_delivery_lane", "route", "destination", "sent_at"),
        CheckConstraint("state in ('pending', 'sent', 'dead')", name="state"),
    )


class CaptureRow(SQLModel, table=True):
    """One capture an archive lists for a page of a source, and what became of it."""

    __tablename__ = "capture"

    id: int | None = key_column()
    source_key: int = ref_column("source.key", index=False)
    archive: str
    page_url: str = text_column()  #: the source's page that was asked for
    url: str = text_column()  #: the original address as the archive has it
    timestamp: str  #: 14 digits, UTC
    digest: str
    status: int | None = None
    media_type: str = ""
    state: str = "pending"
    """pending; stored (downloaded); repeated (digest known, not downloaded); skipped (thinned out or not a document);
    unplayable; excluded; failed (an archived error page or redirect that leads nowhere)."""
    detail: str = text_column()
    snapshot_id: int | None = ref_column("snapshot.id", nullable=True, ondelete="SET NULL")

    __table_args__ = (
        UniqueConstraint("source_key", "archive", "url", "timestamp", "digest"),
        Index("ix_capture_source_state", "source_key", "state", "timestamp"),
        CheckConstraint(
            "state in ('pending', 'stored', 'repeated', 'skipped', 'unplayable', 'excluded', 'failed')", name="state"
        ),
    )


class HostSlot(SQLModel, table=True):
    """When a host may be asked next; shared by all threads and machines. `key` is a host or `archive:NAME`."""

    __tablename__ = "host_slot"

    key: str = Field(primary_key=True)
    next_at: float  #: Unix time
    blocked_until: float = 0


class Event(SQLModel, table=True):
    """What an operator should know: failures, holds, releases, renames, sources that left the file."""

    id: int | None = key_column()
    at: datetime = Field(index=True)
    source_key: int | None = ref_column("source.key", nullable=True)
    kind: str
    detail: str = text_column()


class CheckLog(SQLModel, table=True):
    """The outcome of every check: what it found, or why it failed."""

    __tablename__ = "check_log"

    id: int | None = key_column()
    source_key: int = ref_column("source.key", index=False)
    at: datetime
    outcome: str  #: unchanged, new, known, held or failed
    failure: str | None = None
    detail: str = text_column()

    __table_args__ = (Index("ix_check_log_source_at", "source_key", "at"),)
