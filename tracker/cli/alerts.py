"""`tracker alerts`: test routes, look into the outbox, send and retry."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.numbers import MOST_ID, MOST_ROWS
from tracker.cli.output import AsJson, print_json, print_table, printable
from tracker.cli.preview import preview
from tracker.cli.reading import reading, user_name, writing
from tracker.counting import counted
from tracker.errors import DeliveryError, UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tracker.alerts.simulate import SimulatedMessage, Simulation
    from tracker.daemon.runtime import Runtime
    from tracker.sources.model import Route
    from tracker.store.schema.tables import Delivery

alerts = typer.Typer(help="Test routes, look into the outbox, send and retry.", no_args_is_help=True)
alerts.command("preview")(preview)


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(alerts, name="alerts")


@alerts.callback()
def _group() -> None:
    """Test routes, look into the outbox, send and retry."""


@contextmanager
def _runtime() -> "Iterator[Runtime]":
    from contextlib import closing

    from tracker.daemon.engine.wiring import open_runtime
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings

    settings = load_settings()
    set_up_logs(settings, command=True)
    with closing(open_runtime(settings)) as runtime:
        yield runtime


@alerts.command("test")
def try_routes(
    route: Annotated[str | None, typer.Argument(metavar="[ROUTE]", help="By default every enabled route.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a message marked as a test to each destination; exit status 1 when one did not accept it."""
    from uuid import uuid4

    from tracker.alerts.destinations import destinations
    from tracker.alerts.message import TestMessage
    from tracker.alerts.notifier import ChannelNotifier
    from tracker.alerts.render import render
    from tracker.alerts.render.templates import templates_in
    from tracker.alerts.trying import try_templates
    from tracker.clock import SystemClock
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings
    from tracker.sources.load import load_sources

    settings = load_settings()
    set_up_logs(settings, command=True)
    routes = load_sources(settings.sources).routes
    chosen = [one for one in routes if (one.enabled if route is None else one.name == route)]
    if not chosen:
        known = ", ".join(one.name for one in routes) or "none"
        raise UsageError(
            f"no route {route!r}; there are: {known}" if route else "the sources file has no enabled route"
        )
    templates = templates_in(settings.templates)
    try_templates(templates)
    notifier = ChannelNotifier(settings)
    results: list[dict[str, Any]] = []
    for one in chosen:
        message = TestMessage(one.name, SystemClock().now())
        for destination in (found for url in _addresses(one) for found in destinations(url)):
            key = uuid4().hex
            error = None
            try:
                shaped = render(message, destination.channel, key, route=one.name, templates=templates)
                notifier.send(destination, shaped, key)
            except DeliveryError as failure:
                error = str(failure)
            results.append({"route": one.name, "destination": destination.label, "error": error})
    if as_json:
        print_json(results)
    else:
        rows = [(result["route"], result["destination"], result["error"] or "accepted") for result in results]
        print_table(("route", "destination", "result"), rows)
    if any(result["error"] for result in results):
        raise typer.Exit(1)


def _addresses(route: "Route") -> tuple[str, ...]:
    """Return the addresses a route may send to, those of its escalations too, each once."""
    others = route.escalation.urls if route.escalation else ()
    return tuple(dict.fromkeys((*route.urls, *others)))


@alerts.command()
def simulate(
    route: Annotated[str, typer.Argument(metavar="ROUTE", help="Name of a route.")],
    since: Annotated[str, typer.Option(metavar="DATE", help="From when on the history is played.")],
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Until when. [default: now]")] = None,
    show: Annotated[bool, typer.Option("--show", help="Show each message, not only how many a week.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a route would have sent from the stored history, week by week; nothing is sent."""
    from datetime import UTC

    from tracker.alerts.simulate import simulate as play
    from tracker.history.steps import read_moment
    from tracker.moments import lies_ahead
    from tracker.store.history.counts import Scope
    from tracker.store.history.simulation import past_changes
    from tracker.store.history.stats import history_span

    with _runtime() as runtime:
        found = next((one for one in runtime.routes if one.name == route), None)
        if found is None:
            known = ", ".join(one.name for one in runtime.routes) or "none"
            raise UsageError(f"no route {route!r}; there are: {known}")
        if found.operator:
            raise UsageError(f"the route {route} is told of the health of the installation, not of changes")
        zone = runtime.settings.zone
        start = read_moment(since, zone).astimezone(UTC)
        now = runtime.clock.now()
        end = read_moment(until, zone, end=True).astimezone(UTC) if until else now
        if lies_ahead(end, now):
            raise UsageError("--until lies in the future, of which nothing is known")
        if end <= start:
            raise UsageError("--since lies after the end")
        with runtime.database.read() as session:
            span = history_span(session, Scope())
            # Before the first text nothing could be checked, and no digest would have left.
            start = max(start, min(span[0], end)) if span else end
            past = past_changes(session, start, end)
        played = play(
            replace(found, enabled=True), runtime.sources_file.sources, past, runtime.settings, since=start, until=end
        )
    if as_json:
        print_json(_simulation_json(found.name, played, messages=show))
        return
    if show:
        for message in played.messages:
            typer.echo(f"{message.at.astimezone(zone):%Y-%m-%d %H:%M}  {message.kind}  {_told(message)}")
            for one in message.changes:
                typer.echo(printable(f"    {one.id}  {one.severity}  {one.source_id}: {one.summary}"))
        typer.echo()
    busy = [week for week in played.weeks if week.changes]
    if busy:
        rows = [(week.start, week.changes, week.messages, week.all_quiet or "") for week in busy]
        print_table(("week of", "changes", "messages", "all quiet"), rows)
    waiting = f"; {played.waiting} would still wait" if played.waiting else ""
    silent = len(played.weeks) - len(busy)
    typer.echo(
        f"{counted(played.changes, 'change')} in {counted(len(played.messages), 'message')} to each destination, "
        f"{counted(silent, 'week')} of {len(played.weeks)} without a change{waiting}."
    )


def _told(message: "SimulatedMessage") -> str:
    return counted(len(message.changes), "change") if message.changes else "all quiet"


def _simulation_json(name: str, played: "Simulation", *, messages: bool) -> dict[str, Any]:
    from dataclasses import asdict

    told: dict[str, Any] = {
        "route": name,
        "changes": played.changes,
        "messages": len(played.messages),
        "waiting": played.waiting,
        "weeks": [asdict(week) for week in played.weeks],
    }
    if messages:
        told["sent"] = [
            {
                "at": message.at.isoformat(),
                "kind": message.kind,
                "changes": [
                    {
                        "id": one.id,
                        "source": one.source_id,
                        "severity": one.severity,
                        "direction": one.direction,
                        "topics": list(one.topics),
                        "summary": one.summary,
                    }
                    for one in message.changes
                ],
            }
            for message in played.messages
        ]
    return told


@alerts.command("list")
def list_(
    state: Annotated[State | None, typer.Option(help="Only those.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="So many at most, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show the outbox: what was sent, what waits and what was given up."""
    from tracker.alerts.outbox import list_deliveries

    with reading() as (settings, session):
        found = list_deliveries(session, state=state.value if state else None, limit=limit)
    if as_json:
        print_json([_delivery_json(delivery) for delivery in found])
        return
    rows = [
        (
            delivery.id,
            delivery.state,
            delivery.route,
            delivery.label,
            delivery.change_id or f"notice {delivery.notice_id}",
            delivery.attempts,
            _sent_or_next(delivery, settings.zone),
            delivery.last_error,
        )
        for delivery in found
    ]
    print_table(("id", "state", "route", "destination", "about", "tries", "sent or next", "last error"), rows)


def _sent_or_next(delivery: "Delivery", zone: "ZoneInfo") -> str:
    if delivery.state == "dead":  # nothing comes next
        return ""
    return f"{(delivery.sent_at or delivery.next_attempt_at).astimezone(zone):%Y-%m-%d %H:%M}"


@alerts.command()
def retry(
    ids: Annotated[
        list[int] | None, typer.Argument(min=1, max=MOST_ID, metavar="[ID]...", help="Dead deliveries.")
    ] = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="Every dead delivery.")] = False,
    copies: Annotated[bool, typer.Option("--copies", help="Every copy that an archive did not make.")] = False,
) -> None:
    """Give dead deliveries, or copies in an archive, a new life; the daemon or `tracker alerts send` works on them."""
    from tracker.alerts.outbox import retry as revive
    from tracker.clock import SystemClock
    from tracker.store.people.trail import append

    if [bool(ids), all_dead, copies].count(True) != 1:
        raise UsageError("name the deliveries to retry, or give --all-dead or --copies")
    if copies:
        _retry_copies()
        return
    with writing() as (_, session):
        now = SystemClock().now()
        count = revive(session, now, None if all_dead else ids)
        append(session, at=now, actor=user_name(), action="delivery.retry", detail={"count": count})
    typer.echo(f"{counted(count, 'delivery waits', 'deliveries wait')} to be sent.")


def _retry_copies() -> None:
    from tracker.clock import SystemClock
    from tracker.store.people.trail import append
    from tracker.store.work.copies import revive_copies

    with writing() as (settings, session):
        now = SystemClock().now()
        count = revive_copies(session, now)
        append(session, at=now, actor=user_name(), action="copy.retry", detail={"count": count})
    typer.echo(f"{counted(count, 'copy', 'copies')} will be asked for again.")
    if count and not settings.save_to_archive:
        typer.echo("They wait until `save_to_archive` is set.")


@alerts.command()
def send(as_json: AsJson = False) -> None:
    """Send what is due now, for those who run no daemon; exit status 1 when something was not accepted."""
    from dataclasses import asdict

    from tracker.daemon.checks.copies import save_due
    from tracker.daemon.engine.wiring import open_sender
    from tracker.daemon.notices.digests import open_digests
    from tracker.daemon.notices.notices import look_around

    with _runtime() as runtime:
        look_around(runtime)
        open_digests(runtime)
        report = open_sender(runtime).send_due(runtime.routes)
        save_due(runtime)
    if as_json:
        print_json(asdict(report))
    else:
        typer.echo(f"{report.sent} sent, {report.failed} to be tried again, {report.dead} given up.")
    if report.failed or report.dead:
        raise typer.Exit(1)


def _delivery_json(delivery: "Delivery") -> dict[str, Any]:
    times = {name: getattr(delivery, name) for name in ("created_at", "next_attempt_at", "sent_at")}
    return {
        "id": delivery.id,
        "state": delivery.state,
        "route": delivery.route,
        "destination": delivery.label,
        "change": delivery.change_id,
        "notice": delivery.notice_id,
        "digest": delivery.digest,
        "idempotency_key": delivery.batch or delivery.idempotency_key,
        "attempts": delivery.attempts,
        "last_error": delivery.last_error,
        **{name: moment.isoformat() if moment else None for name, moment in times.items()},
    }
