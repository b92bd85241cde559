"""Tells others when nobody acknowledged a severe change in time: once per change and route."""

from datetime import datetime, timedelta

from tracker.alerts.notices import ESCALATION, Telling, address, enter_notice
from tracker.alerts.wording import topics_in_words
from tracker.daemon.runtime import Runtime
from tracker.sources.model import Escalation, Route
from tracker.store.schema.tables import SourceRow
from tracker.store.work.escalations import Unacknowledged, unacknowledged
from tracker.store.work.mutes import is_muted
from tracker.words import Direction, Severity

#: What was told of so long ago is left alone, so that switching escalations on does not stir up the past.
HORIZON = timedelta(days=14)


def escalate(runtime: Runtime) -> int:
    """Enter an escalation for each change that nobody acknowledged in time; return how many are new."""
    new = 0
    for route in runtime.routes:
        if route.enabled and route.escalation is not None:
            new += _escalate(runtime, route, route.escalation)
    return new


def _escalate(runtime: Runtime, route: Route, escalation: Escalation) -> int:
    now = runtime.clock.now()
    severities = [one.value for one in Severity if one.rank >= escalation.severity.rank]
    late = now - escalation.after
    with runtime.database.read() as session:
        found = unacknowledged(session, route.name, severities, after=late - HORIZON, before=late)
    new = 0
    for one in found:
        with runtime.database.write() as session:
            row = session.get_one(SourceRow, one.change.source_key)
            if is_muted(session, row, one.change.topics, now):
                continue
            telling = _telling(row, route, one, now)
            ident = enter_notice(session, row.key, telling, now)
            if ident is None:
                continue
            # Whoever is called now is called now: no digest of the route holds it back.
            due = [(route, escalation.urls)]
            address(session, ident, telling.key, due, now, runtime.settings, at_once=True)
            new += 1
    return new


def _telling(row: SourceRow, route: Route, one: Unacknowledged, now: datetime) -> Telling:
    change = one.change
    hours = round((now - one.since) / timedelta(hours=1), 1)
    told = "told of it" if one.reached else "tried in vain to tell of it"
    return Telling(
        key=f"escalation:{route.name}:{change.id}",
        kind=ESCALATION,
        title=f"{row.name}: nobody has acknowledged a {change.severity} change",
        lines=(
            change.summary,
            f"About {topics_in_words(change.topics)}; {change.direction}.",
            f"The route {route.name} {told} {hours:g} {'hour' if hours == 1 else 'hours'} ago.",
            f"Acknowledge it: tracker ack {change.id}",
            f"The whole change: tracker diff {row.id} --change {change.id}",
        ),
        severity=Severity(change.severity),
        topics=tuple(change.topics),
        direction=Direction(change.direction),
        change_id=change.id,
    )
