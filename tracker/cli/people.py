"""`tracker user`, `tracker token`, `tracker trail`: who may use the pages and the API, and who did what."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from tracker.cli.numbers import MOST_ROWS
from tracker.cli.output import AsJson, console, print_json, printable
from tracker.cli.reading import opened_store, time_text, user_name
from tracker.errors import UsageError

if TYPE_CHECKING:
    from sqlmodel import Session


Result = TypeVar("Result")

user = typer.Typer(help="Say who may log in to the pages.", no_args_is_help=True)
token = typer.Typer(help="Give programs the right to call the API, and take it.", no_args_is_help=True)


class RoleName(StrEnum):
    """What a person may do."""

    READER = "reader"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class ScopeName(StrEnum):
    """What a program may do; each holds those before it."""

    READ = "read"
    REVIEW = "review"
    ADMIN = "admin"


Name = Annotated[str, typer.Argument(metavar="NAME", help="Name to log in with.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="File whose first line is the password; `-` reads it from standard input."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(user, name="user")
    app.add_typer(token, name="token")
    app.command()(trail)


@user.command("add")
def add_user(
    name: Name,
    role: Annotated[RoleName, typer.Option("--role", help="What the person may do.")] = RoleName.READER,
    password_file: PasswordFile = None,
) -> None:
    """Let a person log in; the password is asked for, or read from a file, and never an option."""
    from tracker.store.people.people import add_account

    password = _password(password_file)
    _deed("user.add", name, lambda session, now: add_account(session, name, role.value, password, now), role=role.value)
    console().print(printable(f"{name} may log in as {role.value}."))


@user.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List who may log in."""
    from tracker.store.people.people import accounts

    with opened_store() as (_, database), database.read() as session:
        rows = accounts(session)
    told = [
        {
            "name": row.name,
            "role": row.role,
            "created_at": row.created_at.isoformat(),
            "disabled_at": row.disabled_at.isoformat() if row.disabled_at else None,
        }
        for row in rows
    ]
    if as_json:
        print_json(told)
        return
    for one in told:
        console().print(printable(f"{one['name']}  {one['role']}{'  disabled' if one['disabled_at'] else ''}"))
    if not told:
        console().print("Nobody has an account; on this machine the pages are open to whoever uses it.")


@user.command("passwd")
def new_password(name: Name, password_file: PasswordFile = None) -> None:
    """Give a person a new password; they are logged out everywhere."""
    from tracker.store.people.people import account_named, set_password

    password = _password(password_file)
    _deed("user.passwd", name, lambda session, _: set_password(session, account_named(session, name), password))
    console().print(printable(f"{name} has a new password and is logged out everywhere."))


@user.command("disable")
def disable_user(name: Name) -> None:
    """Keep a person from logging in; they are logged out everywhere."""
    from tracker.store.people.people import account_named, set_disabled

    _deed("user.disable", name, lambda session, now: set_disabled(session, account_named(session, name), now))
    console().print(printable(f"{name} can log in no more."))


@user.command("enable")
def enable_user(name: Name) -> None:
    """Let a person log in again."""
    from tracker.store.people.people import account_named, set_disabled

    _deed("user.enable", name, lambda session, _: set_disabled(session, account_named(session, name), None))
    console().print(printable(f"{name} may log in again."))


@token.command("create")
def create_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the token is for.")],
    scope: Annotated[ScopeName, typer.Option("--scope", help="What the program may do.")] = ScopeName.READ,
    expires: Annotated[
        int | None,
        typer.Option("--expires", metavar="DAYS", min=1, max=36_500, help="Days it holds; for good if not given."),
    ] = None,
) -> None:
    """Make a token and show it, once: the store keeps only its hash."""
    from datetime import timedelta

    from tracker.store.people.people import add_token

    def make(session: "Session", now: datetime) -> str:
        return add_token(session, name, scope.value, now, now + timedelta(days=expires) if expires else None)

    secret = _deed("token.create", name, make, scope=scope.value)
    print(secret)  # alone on standard output, so that it can be piped on


@token.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """List the tokens there are, without their secrets."""
    from tracker.store.people.people import tokens

    with opened_store() as (_, database), database.read() as session:
        rows = tokens(session)
    told: list[dict[str, Any]] = [
        {
            "name": row.name,
            "scopes": row.scopes,
            "created_at": row.created_at.isoformat(),
            "expires_at": row.expires_at.isoformat() if row.expires_at else None,
            "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
            "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
        }
        for row in rows
    ]
    if as_json:
        print_json(told)
        return
    for one in told:
        state = "  revoked" if one["revoked_at"] else f"  until {one['expires_at'][:10]}" if one["expires_at"] else ""
        used = f"  last used {one['last_used_at'][:16]}" if one["last_used_at"] else "  never used"
        console().print(printable(f"{one['name']}  {one['scopes'][-1]}{state}{used}"))
    if not told:
        console().print("There is no token; `tracker token create NAME` makes one.")


@token.command("revoke")
def revoke(name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the token.")]) -> None:
    """End a token's right for good."""
    from tracker.store.people.people import revoke_token

    _deed("token.revoke", name, lambda session, now: revoke_token(session, name, now))
    console().print(printable(f"The token {name} means nothing any more."))


def trail(
    since: Annotated[str | None, typer.Option("--since", metavar="T", help="Then or later.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", metavar="NAME", help="Only what this one did.")] = None,
    action: Annotated[
        str | None, typer.Option("--action", metavar="ACTION", help="Only this, or what begins with it: login, review.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="ID", help="Only what concerns it.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_ROWS, help="How many at most.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show who did what, the newest first; the trail can only be added to."""
    from tracker.history.steps import read_moment
    from tracker.store.people.trail import entries

    with opened_store() as (settings, database), database.read() as session:
        moment = read_moment(since, settings.zone) if since else None
        found = entries(session, since=moment, actor=actor, action=action, source=source, limit=limit)
    if as_json:
        print_json(
            [
                {
                    "id": entry.id,
                    "at": entry.at.isoformat(),
                    "actor": entry.actor,
                    "action": entry.action,
                    "source": entry.source or None,
                    "subject": entry.subject,
                    "detail": entry.detail,
                    "chain_hash": entry.chain_hash,
                }
                for entry in found
            ]
        )
        return
    for entry in found:
        line = f"{time_text(entry.at, settings.zone)}  {entry.actor}  {entry.action}  {entry.subject}"
        console().print(printable(line.rstrip()))
    if not found:
        console().print("Nothing was done yet that the trail keeps.")


def _deed(action: str, subject: str, work: "Callable[[Session, datetime], Result]", **detail: str) -> "Result":
    """Do something in one transaction with its entry in the trail, and return what it gives."""
    from tracker.clock import SystemClock
    from tracker.store.people.trail import append

    now = SystemClock().now()
    with opened_store() as (_, database), database.write() as session:
        result = work(session, now)
        append(session, at=now, actor=user_name(), action=action, subject=subject, detail=dict(detail))
    return result


def _password(path: Path | None) -> str:
    """Return the password from a file, or asked for twice."""
    if path is not None:
        try:
            text = typer.get_text_stream("stdin").readline() if str(path) == "-" else path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: {getattr(error, 'strerror', None) or 'not a text file'}") from None
        return text.splitlines()[0] if text else ""
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
