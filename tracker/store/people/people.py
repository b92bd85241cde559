"""Who may use the pages and the API: accounts, logged-in browsers, programs. Of secrets only hashes are kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, delete, select, update

from tracker.errors import UsageError
from tracker.store.schema.people_tables import Account, ApiToken, LoginSession

#: In this order: who may do what a later one names may do all before.
ROLES = ("reader", "reviewer", "admin")
SCOPES = ("read", "review", "admin")

LEAST_PASSWORD = 12
MOST_PASSWORD = 1_000  #: characters; hashing more is work for nothing

#: Opens every token, so that one that leaked into a file can be searched for.
TOKEN_PREFIX = "trk_"  # noqa: S105 - no secret

#: A token's last use is written down at most so often.
TOUCH_EVERY = timedelta(minutes=1)

#: A login in use is renewed so often within the time that it holds unused.
RENEWALS = 12

_HASHER = PasswordHasher()


def add_account(session: Session, name: str, role: str, password: str, now: datetime) -> Account:
    """Let a person log in.

    Raises:
        UsageError: the name is taken or blank, there is no such role, or the password is too short or too long.

    """
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise UsageError("a name has 1 to 100 printable characters")
    if role not in ROLES:
        raise UsageError(f"no role {role!r}; there are {', '.join(ROLES)}")
    if find_account(session, name) is not None:
        raise UsageError(f"{name} has an account already; `tracker user passwd {name}` gives a new password")
    _check(name, password)
    row = Account(name=name, role=role, password_hash=_HASHER.hash(password), created_at=now)
    session.add(row)
    session.flush()
    return row


def find_account(session: Session, name: str) -> Account | None:
    """Return an account by its name."""
    return session.exec(select(Account).where(Account.name == name)).first()


def account_named(session: Session, name: str) -> Account:
    """Return an account by its name.

    Raises:
        UsageError: nobody has this name.

    """
    found = find_account(session, name)
    if found is None:
        raise UsageError(f"nobody is called {name!r}; `tracker user list` shows the names")
    return found


def accounts(session: Session) -> Sequence[Account]:
    """Return all accounts by name."""
    return session.exec(select(Account).order_by(col(Account.name))).all()


def has_accounts(session: Session) -> bool:
    """Return whether anybody may log in, or could once."""
    return session.exec(select(Account.id).limit(1)).first() is not None


def set_password(session: Session, account: Account, password: str) -> None:
    """Give a person a new password; every browser logged in as them is logged out.

    Raises:
        UsageError: it is too short or too long.

    """
    _check(account.name, password)
    account.password_hash = _HASHER.hash(password)
    session.add(account)
    close_logins(session, account)


def set_disabled(session: Session, account: Account, at: datetime | None) -> None:
    """Keep a person from logging in, from a time on, or let them in again; logged-in browsers are logged out."""
    account.disabled_at = at
    session.add(account)
    if at is not None:
        close_logins(session, account)


def checked_password(account: Account | None, password: str) -> bool:
    """Return whether a password is that of an account; as slow for nobody as for somebody.

    It takes long on purpose: call it outside of any transaction that writes.
    """
    nobody = _nobodys_hash()  # made for whoever logs in first, so that this one's time tells nothing either
    usable = account is not None and account.disabled_at is None and len(password) <= MOST_PASSWORD
    try:
        _HASHER.verify(account.password_hash if account is not None and usable else nobody, password[:MOST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return usable


def renewed_hash(account: Account, password: str) -> str | None:
    """Return a new hash of an account's right password where hashing has changed since; as slow as checking it."""
    return _HASHER.hash(password) if _HASHER.check_needs_rehash(account.password_hash) else None


def still_same(session: Session, checked: Account) -> Account | None:
    """Return an account as this session finds it; None where it has another password by now, is disabled or gone."""
    found = session.get(Account, checked.id)
    if found is None or found.disabled_at is not None or found.password_hash != checked.password_hash:
        return None
    return found


def open_login(session: Session, account: Account, now: datetime, until: datetime) -> str:
    """Log a browser in and return the secret for its cookie. Logins that ran out are removed by the way."""
    assert account.id is not None
    session.execute(delete(LoginSession).where(col(LoginSession.expires_at) <= now))
    secret = secrets.token_urlsafe(32)
    session.add(LoginSession(secret_sha256=_hash(secret), account_id=account.id, created_at=now, expires_at=until))
    session.flush()
    return secret


def login_of(session: Session, secret: str, now: datetime) -> tuple[LoginSession, Account] | None:
    """Return the login that a cookie's secret belongs to, and whose it is; None where it ran out or was ended."""
    query = select(LoginSession, Account).join(Account, col(Account.id) == col(LoginSession.account_id))
    found = session.exec(query.where(LoginSession.secret_sha256 == _hash(secret))).first()
    if found is None:
        return None
    login, account = found
    return None if login.expires_at <= now or account.disabled_at is not None else (login, account)


def renewed_until(login: LoginSession, now: datetime, idle: timedelta, most: timedelta) -> datetime | None:
    """Return until when a login that is used now holds from now on; None where that is hardly later than before.

    Args:
        login: the login.
        now: when it is used.
        idle: how long it holds unused.
        most: how long it holds at most.

    """
    until = min(now + idle, login.created_at + most)
    return until if until - login.expires_at >= idle / RENEWALS else None


def renew_login(session: Session, login: LoginSession, until: datetime) -> None:
    """Let a login hold until a time, unless somebody else let it hold for longer."""
    mine = col(LoginSession.id) == login.id, col(LoginSession.expires_at) < until
    session.execute(update(LoginSession).where(*mine).values(expires_at=until))


def close_login(session: Session, secret: str) -> None:
    """Log a browser out."""
    session.execute(delete(LoginSession).where(col(LoginSession.secret_sha256) == _hash(secret)))


def close_logins(session: Session, account: Account) -> None:
    """Log every browser of a person out."""
    session.execute(delete(LoginSession).where(col(LoginSession.account_id) == account.id))


def add_token(session: Session, name: str, scope: str, now: datetime, expires_at: datetime | None) -> str:
    """Give a program the right to call the API and return the secret, which nobody can show again.

    Raises:
        UsageError: the name is taken or blank, or there is no such scope.

    """
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise UsageError("a token's name has 1 to 100 printable characters")
    if scope not in SCOPES:
        raise UsageError(f"no scope {scope!r}; there are {', '.join(SCOPES)}")
    if session.exec(select(ApiToken.id).where(ApiToken.name == name)).first() is not None:
        raise UsageError(f"there is a token {name} already; take another name, also where that one was revoked")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    scopes = list(SCOPES[: SCOPES.index(scope) + 1])
    row = ApiToken(name=name, secret_sha256=_hash(secret), scopes=scopes, created_at=now, expires_at=expires_at)
    session.add(row)
    session.flush()
    return secret


def token_of(session: Session, secret: str, now: datetime) -> ApiToken | None:
    """Return the token a secret belongs to; None where it ran out, was revoked or never was."""
    row = session.exec(select(ApiToken).where(ApiToken.secret_sha256 == _hash(secret))).first()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return row


def needs_touch(token: ApiToken, now: datetime) -> bool:
    """Return whether a token's use is to be written down: it was not within the last minute."""
    return token.last_used_at is None or now - token.last_used_at >= TOUCH_EVERY


def touch(session: Session, token_id: int, now: datetime) -> None:
    """Write down that a token was used."""
    row = session.get(ApiToken, token_id)
    if row is not None:
        row.last_used_at = now
        session.add(row)


def tokens(session: Session) -> Sequence[ApiToken]:
    """Return all tokens by name."""
    return session.exec(select(ApiToken).order_by(col(ApiToken.name))).all()


def revoke_token(session: Session, name: str, now: datetime) -> ApiToken:
    """End a token's right for good.

    Raises:
        UsageError: there is no such token.

    """
    row = session.exec(select(ApiToken).where(ApiToken.name == name)).first()
    if row is None:
        raise UsageError(f"no token {name!r}; `tracker token list` shows the names")
    row.revoked_at = row.revoked_at or now
    session.add(row)
    session.flush()
    return row


@cache
def _nobodys_hash() -> str:
    """Return what is verified in place of the hash of somebody who does not exist, so that both take the same time."""
    return _HASHER.hash(secrets.token_hex(16))


def _check(name: str, password: str) -> None:
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise UsageError(f"a password has at least {LEAST_PASSWORD} characters and at most {MOST_PASSWORD:,}")
    if name.casefold() in password.casefold() and len(password) < len(name) + LEAST_PASSWORD:
        raise UsageError("a password is more than the name with a few letters around it")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
