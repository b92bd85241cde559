"""The tables of people: what they say of changes, what they approved, who they are, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Text,
)
from sqlmodel import Field, SQLModel

from tracker.store.schema.columns import BigId, json_column, key_column, ref_column, text_column


class Review(SQLModel, table=True):
    """What a person says of one clause change. Never altered: a later one on the same two texts takes its place.

    It belongs to the two texts, not to the change it was given on: where the same source shows the same step again,
    after recomputing or in a successor of a superseded change, it holds there too.
    """

    id: int | None = key_column()
    source_key: int = ref_column("source.key", index=False)
    change_id: str = Field(index=True)  #: which it was given on; that one may be gone since
    before_sha256: str  #: of the displayed text of the clause or clauses, joined by spaces; of "" where there is none
    after_sha256: str
    before: str = text_column()
    after: str = text_column()
    clause_class: str  #: a ClauseClass
    topics: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    direction: str | None = None  #: like `topics` None where the reviewer left it to the machine
    note: str = text_column()
    reviewer: str = text_column()
    at: datetime

    __table_args__ = (
        Index("ix_review_source_texts", "source_key", "before_sha256", "after_sha256"),
        CheckConstraint("clause_class in ('material', 'minor', 'cosmetic', 'noise')", name="clause_class"),
        CheckConstraint("direction in ('weaker', 'stronger', 'neutral', 'mixed')", name="direction"),
    )


class Triage(SQLModel, table=True):
    """Where a change stands in people's work. Without a row it is new and nobody's."""

    change_id: str = Field(sa_column=Column(Text, ForeignKey("change.id", ondelete="CASCADE"), primary_key=True))
    state: str = Field(default="new", index=True)  #: new, seen or dismissed
    assignee: str = text_column()
    note: str = text_column()
    by: str = text_column()
    at: datetime

    __table_args__ = (CheckConstraint("state in ('new', 'seen', 'dismissed')", name="state"),)


class Approval(SQLModel, table=True):
    """A version that a person accepted for a source: the baseline that drift is measured from. The latest holds."""

    id: int | None = key_column()
    source_key: int = ref_column("source.key")
    version_id: int = ref_column("version.id")
    by: str = text_column()
    note: str = text_column()
    at: datetime
    review_by: str | None = Field(default=None, index=True)  #: ISO date by which it is to be looked at again


class DriftRow(SQLModel, table=True):
    """How far a source's text in force has drifted from its baseline, as last compared: derived, made anew at will."""

    __tablename__ = "drift"

    source_key: int = Field(
        sa_column=Column(BigId, ForeignKey("source.key", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    compared: str  #: hash of both texts, the names left out of them and the rules; another one is not known yet
    told: dict[str, Any] = json_column()


class Account(SQLModel, table=True):
    """A person who may log in to the web pages."""

    id: int | None = key_column()
    name: str = Field(unique=True)
    role: str  #: reader, reviewer or admin
    password_hash: str = Field(default="", sa_column=Column(Text, nullable=False))
    created_at: datetime
    disabled_at: datetime | None = None

    __table_args__ = (CheckConstraint("role in ('reader', 'reviewer', 'admin')", name="role"),)


class LoginSession(SQLModel, table=True):
    """A logged-in browser; the cookie holds the secret, this row its hash."""

    __tablename__ = "login_session"

    id: int | None = key_column()
    secret_sha256: str = Field(unique=True)
    account_id: int = ref_column("account.id")
    created_at: datetime
    expires_at: datetime = Field(index=True)  #: moves on while it is used


class LoginFailures(SQLModel, table=True):
    """Wrong passwords of one account or from one address, lately."""

    __tablename__ = "login_failures"

    key: str = Field(primary_key=True)  #: a hash: what was typed as a name may be a password
    failures: int
    last_at: datetime = Field(index=True)


class ApiToken(SQLModel, table=True):
    """A program's right to call the API; the secret was shown once, this row holds its hash."""

    __tablename__ = "api_token"

    id: int | None = key_column()
    name: str = Field(unique=True)
    secret_sha256: str = Field(unique=True)
    scopes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  #: read, review, admin
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class TrailEntry(SQLModel, table=True):
    """Who did what, when: reviews, approvals, mutes, releases, settings, logins. Only ever appended; a hash chain."""

    __tablename__ = "trail"

    id: int | None = key_column()
    at: datetime = Field(index=True)
    actor: str = text_column()
    action: str = Field(index=True)
    source: str = text_column()  #: id of the source it was done to, as it was then; blank where it was none
    subject: str = text_column()  #: what it was done to: id of a source, change, token ...
    detail: dict[str, Any] = json_column()
    chain_previous: str
    chain_hash: str = Field(unique=True)
