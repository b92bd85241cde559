"""Slows down who guesses passwords, without locking out who owns the account for long.

Failures are counted in the store, so that every process that lets people log in knows of them. A try is counted as a
failure before the password is looked at and taken back when it was right: many at a time win nothing.
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select, update

from tracker.store.schema.people_tables import LoginFailures

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)

#: Failures are forgotten so long after the last one.
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Guessed:
    """What failures are counted by: an account's name, or the address they come from."""

    key: str  #: a hash: what was typed as a name may be a password
    free: int  #: wrong passwords that cost nothing; each further one doubles the wait


def by_name(name: str) -> Guessed:
    """Return what counts the failures of one account, whoever makes them."""
    return Guessed(_hashed("name", name.casefold()), 5)


def by_address(address: str) -> Guessed:
    """Return what counts those of one client, at whatever accounts: an IPv4 address, or an IPv6 network of 64 bits.

    Many people may share an address, so more of their mistakes are free.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return Guessed(_hashed("address", address), 20)
    shared = ip if ip.version == 4 else ipaddress.ip_network((ip, 64), strict=False)
    return Guessed(_hashed("address", str(shared)), 20)


def begin_try(session: Session, now: datetime, guessed: Iterable[Guessed]) -> timedelta:
    """Count a try and return zero, or return how long is to be waited before one may be made; then none is counted.

    The session is of a writer; the transaction should be a short one of its own.
    """
    # In one order, so that two transactions never wait for each other.
    wanted = {one.key: one for one in sorted(guessed)}
    query = select(LoginFailures).where(col(LoginFailures.key).in_(wanted)).order_by(col(LoginFailures.key))
    rows = session.exec(query.with_for_update()).all()
    wait = max((_left(row, wanted[row.key].free, now) for row in rows), default=timedelta())
    if wait > timedelta():
        return wait
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    lately = col(LoginFailures.last_at) > now - REMEMBERED
    counted = {"failures": case((lately, col(LoginFailures.failures) + 1), else_=1), "last_at": now}
    for key in wanted:
        new = build(LoginFailures).values(key=key, failures=1, last_at=now)
        session.execute(new.on_conflict_do_update(index_elements=["key"], set_=counted))
    return timedelta()


def end_try(session: Session, name: Guessed, address: Guessed) -> None:
    """Take a try back whose password was right; the account's failures are forgotten, the address keeps its others.

    Else whoever has an account could guess at others without end, logging in to their own in between.
    """
    session.execute(delete(LoginFailures).where(col(LoginFailures.key) == name.key))
    mine = col(LoginFailures.key) == address.key, col(LoginFailures.failures) > 0
    session.execute(update(LoginFailures).where(*mine).values(failures=col(LoginFailures.failures) - 1))


def forget_failures(session: Session, now: datetime) -> None:
    """Remove what is remembered no longer."""
    session.execute(delete(LoginFailures).where(col(LoginFailures.last_at) <= now - REMEMBERED))


def _left(row: LoginFailures, free: int, now: datetime) -> timedelta:
    if row.failures < free:
        return timedelta()
    wait = min(FIRST_WAIT * (1 << min(row.failures - free, 10)), LONGEST_WAIT)
    return max(row.last_at + wait - now, timedelta())


def _hashed(kind: str, what: str) -> str:
    return hashlib.sha256(f"{kind} {what}".encode("utf-8", "replace")).hexdigest()
