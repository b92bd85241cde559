"""Columns as all tables have them, and the names of what goes with them."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlmodel import Field, SQLModel

from tracker.store.database import storable

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

SQLModel.metadata = MetaData(naming_convention=NAMING)

#: 64 bits on PostgreSQL; on SQLite plain INTEGER, which alone autoincrements.
BigId = BigInteger().with_variant(Integer(), "sqlite")


class StorableText(TypeDecorator[str]):
    """Text that goes in without what no database stores, so that no page, header or message can fail a transaction."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the value as it can be stored."""
        return None if value is None else storable(value)


class HexDigest(TypeDecorator[str]):
    """A hash as bytes in the store, half as long as the hexadecimal digits that programs see."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Return the bytes of the digits."""
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Return the digits."""
        return None if value is None else value.hex()


def key_column() -> Any:
    """Return the column of a row's own number."""
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def ref_column(target: str, *, nullable: bool = False, index: bool = True, ondelete: str = "CASCADE") -> Any:
    """Return a column that refers to a row of another table, and goes with it."""
    return Field(
        default=None,
        sa_column=Column(BigId, ForeignKey(target, ondelete=ondelete), nullable=nullable, index=index),
    )


def text_column(*, nullable: bool = False) -> Any:
    """Return a column of text from outside."""
    return Field(default=None if nullable else "", sa_column=Column(StorableText, nullable=nullable))


def json_column() -> Any:
    """Return a column of plain data."""
    return Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


def verdict_column() -> Any:
    """Return the column of a verdict, which is packed apart, see `tracker.store.schema.judged`."""
    return Field(default=b"", sa_column=Column("verdict", LargeBinary, nullable=False), repr=False)
