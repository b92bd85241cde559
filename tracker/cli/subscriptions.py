"""`tracker subscriptions`: who gets alerts by a subscription of their own, for the operator."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.numbers import MOST_ID
from tracker.cli.output import AsJson, print_json, print_table
from tracker.cli.reading import reading, user_name, writing
from tracker.errors import UsageError

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.store.schema.message_tables import Subscription

Number = Annotated[int, typer.Argument(min=1, max=MOST_ID, metavar="ID", help="Number of the subscription.")]

subscriptions = typer.Typer(help="Show, resume and end subscriptions by mail.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(subscriptions, name="subscriptions")


@subscriptions.command("list")
def list_(
    owner: Annotated[str | None, typer.Option(help="Only those that this account asked for.")] = None,
    as_json: AsJson = False,
) -> None:
    """List subscriptions, the newest first; the pages show each reader their own."""
    from tracker.alerts.subscriptions import in_words
    from tracker.store.people.subscriptions import subscriptions as stored

    with reading() as (settings, session):
        rows = stored(session, owner=owner)
        zone = settings.zone
    if as_json:
        print_json([_json(row) for row in rows])
        return
    told = []
    for row in rows:
        since = f"{row.created_at.astimezone(zone):%Y-%m-%d}"
        state = "paused" if row.paused_at else row.state
        told.append((row.id, row.address, row.owner, state, since, "; ".join(in_words(row))))
    print_table(("id", "address", "asked for by", "state", "since", "what"), told)


@subscriptions.command("resume")
def resume_(ident: Number) -> None:
    """Send again to an address that refused mail; what it missed meanwhile is not sent."""
    from tracker.clock import SystemClock
    from tracker.store.people.subscriptions import resume_subscription
    from tracker.store.people.trail import append

    with writing() as (_, session):
        row = _known(session, ident)
        if row.paused_at is None:
            raise UsageError(f"subscription {ident} is not paused")
        resume_subscription(session, row)
        append(session, at=SystemClock().now(), actor=user_name(), action="subscription.resume", subject=str(ident))
    typer.echo(f"Subscription {ident} gets mail again.")


@subscriptions.command("end")
def end_(ident: Number) -> None:
    """End a subscription; what waits for it is not sent, and its address is deleted within two days."""
    from tracker.alerts.subscriptions import end
    from tracker.clock import SystemClock
    from tracker.store.people.trail import append

    with writing() as (_, session):
        end(session, _known(session, ident))
        append(session, at=SystemClock().now(), actor=user_name(), action="subscription.end", subject=str(ident))
    typer.echo(f"Subscription {ident} has ended.")


def _known(session: "Session", ident: int) -> "Subscription":
    from tracker.store.people.subscriptions import subscription

    row = subscription(session, ident)
    if row is None:
        raise UsageError(f"no subscription {ident}; `tracker subscriptions list` shows the numbers")
    return row


def _json(row: "Subscription") -> dict[str, Any]:
    return {
        "id": row.id,
        "address": row.address,
        "owner": row.owner,
        "state": row.state,
        "sources": row.sources,
        "tags": row.tags,
        "topics": row.topics,
        "severity": row.severity,
        "digest": row.digest,
        "created_at": row.created_at.isoformat(),
        "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
        "paused_at": row.paused_at.isoformat() if row.paused_at else None,
    }
