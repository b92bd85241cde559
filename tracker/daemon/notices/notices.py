"""Finds what people should be told besides changes: deadlines that come near, drift from a baseline, re-reviews.

Each kind looks at the store, and enters a notice where there is none under its key yet; so it may run at any time, be
interrupted anywhere, and run on several machines.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlmodel import Session

from tracker.alerts.notices import DEADLINE, DRIFT, GONE, MOVED, RE_REVIEW, Telling, tell
from tracker.alerts.wording import day_in_words, topics_in_words
from tracker.daemon.notices.escalations import escalate
from tracker.daemon.notices.health import watch_health
from tracker.daemon.notices.onboarding import tell_onboarding
from tracker.daemon.runtime import Runtime
from tracker.history.baselines import Baseline, DriftLevel, keep_drifts, names_in, with_drift
from tracker.history.deadlines import DayKind, Deadline, deadlines
from tracker.store.history.sources import source_row
from tracker.store.people.approvals import ApprovalEntry, changed_since_approval, due_for_review
from tracker.store.schema.tables import SourceRow
from tracker.store.work.alarms import accepted_elsewhere, checks_since, open_alarms, watched_sources
from tracker.words import ChangeState, Direction, Severity

#: Seconds that comparing texts with their baselines may take at a time; what is left is compared the next time.
DRIFT_SECONDS = 5.0

#: Guards that hold a text since its page led elsewhere.
ELSEWHERE = ("home_page", "other_host")

#: What was accepted longer ago is told of no more.
TOLD_LATE = timedelta(days=14)

_TITLES = {
    DayKind.EFFECTIVE: "{name}: the announced change takes effect {when}",
    DayKind.OBJECTION: "{name}: the time to object ends {when}",
}

#: What is told, with the id of the source it is about.
Found = Iterator[tuple[str, Telling]]


def look_around(runtime: Runtime) -> int:
    """Enter all that people and operators are to be told now; return how many notices are new."""
    return create_notices(runtime) + escalate(runtime) + tell_onboarding(runtime) + watch_health(runtime)


def create_notices(runtime: Runtime) -> int:
    """Enter what is to be told now and was not told before, with its deliveries; return how many notices are new."""
    today = runtime.clock.now().astimezone(runtime.settings.zone).date()
    keep_drifts(runtime.database, names_in(runtime.sources_file), DRIFT_SECONDS)
    with runtime.database.read() as session:
        found = [*_reminders(session, runtime, today), *_re_reviews(session, today), *_drifts(session, runtime)]
        found += [*_gone(session, runtime), *_moved(session, runtime)]
    new = 0
    for ident, telling in found:
        source = runtime.sources_file.source(ident)
        if source is None:
            continue  # nobody follows it any more, and no route says whom to tell
        with runtime.database.write() as session:
            row = source_row(session, ident)
            now = runtime.clock.now()
            new += tell(session, runtime.routes_in(session), source, row, telling, now, runtime.settings)
    return new


def _reminders(session: Session, runtime: Runtime, today: date) -> Found:
    steps = sorted(set(runtime.settings.deadline_reminders))
    if not steps:
        return
    for deadline in deadlines(session, today, days=steps[-1]):
        left = deadline.days_left(today)
        step = next(step for step in steps if left <= step)
        if _worth_a_reminder(deadline, runtime, step):
            yield deadline.entry.source.id, _reminder(deadline, left, step)


def _worth_a_reminder(deadline: Deadline, runtime: Runtime, step: int) -> bool:
    """Return whether a day matters, and was not told of by the alert of its change in this very span already."""
    change = deadline.entry.change
    if deadline.dismissed or not change.alert or change.state == ChangeState.AWAITING:
        return False
    if change.state == ChangeState.HISTORY:
        return True  # filled in from an archive: no alert told of it
    known = (change.confirmed_at or change.created_at).astimezone(runtime.settings.zone).date()
    return known < deadline.day - timedelta(days=step)


def _reminder(deadline: Deadline, left: int, step: int) -> Telling:
    change, source = deadline.entry.change, deadline.entry.source
    day = day_in_words(deadline.day.isoformat())
    when = f"today, {day}" if left == 0 else f"tomorrow, {day}" if left == 1 else f"in {left} days, on {day}"
    quote = (
        (f"\N{LEFT DOUBLE QUOTATION MARK}{deadline.quote}\N{RIGHT DOUBLE QUOTATION MARK}",) if deadline.quote else ()
    )
    return Telling(
        key=f"deadline:{change.source_key}:{deadline.kind.value}:{deadline.day}:{step}",
        kind=DEADLINE,
        title=_TITLES[deadline.kind].format(name=source.name, when=when),
        lines=(change.summary, *quote, f"The whole change: tracker diff {source.id} --change {change.id}"),
        severity=Severity(change.severity),
        topics=tuple(change.topics),
        direction=Direction(change.direction),
        change_id=change.id,
    )


def _re_reviews(session: Session, today: date) -> Found:
    for entry in due_for_review(session, today.isoformat()):
        approval, source = entry.approval, entry.source
        assert approval.review_by is not None
        by = f" by {approval.by}" if approval.by else ""
        lines = [f"Approved on {approval.at:%Y-%m-%d}{by}."]
        lines += [f"Note: {approval.note}"] if approval.note else []
        lines.append(f"Look at what it says now: tracker show {source.id}; then: tracker approve {source.id}")
        yield (
            source.id,
            Telling(
                key=f"re_review:{approval.id}",
                kind=RE_REVIEW,
                title=f"{source.name}: to be looked at again since {day_in_words(approval.review_by)}",
                lines=tuple(lines),
                severity=Severity.LOW,
            ),
        )


def _drifts(session: Session, runtime: Runtime) -> Found:
    entries: list[ApprovalEntry] = changed_since_approval(session)
    for baseline in with_drift(session, entries, names_in(runtime.sources_file), compare=False):
        if baseline.drift is not None and baseline.drift.level is DriftLevel.MATERIAL:
            yield baseline.source.id, _drift(baseline)


def _drift(baseline: Baseline) -> Telling:
    drift, approval, source = baseline.drift, baseline.approval, baseline.source
    assert drift is not None
    differs = {0: "The text differs", 1: "One clause differs"}.get(drift.clauses, f"{drift.clauses} clauses differ")
    by = f" by {approval.by}" if approval.by else ""
    approved = f"version {baseline.number}" if baseline.number else "the version"
    since = f"approved on {approval.at:%Y-%m-%d}{by}"
    lines = [f"{differs} materially from {approved}, {since}: {topics_in_words(drift.topics)}."]
    if baseline.number:
        lines.append(f"What changed since: tracker diff {source.id} {baseline.number} {baseline.current}")
    return Telling(
        key=f"drift:{approval.id}:{drift.fingerprint}",
        kind=DRIFT,
        title=f"{source.name}: no longer what was approved",
        lines=tuple(lines),
        severity=drift.severity,
        topics=tuple(topic.value for topic in drift.topics),
        direction=drift.direction,
    )


def _gone(session: Session, runtime: Runtime) -> Found:
    """Yield the documents that their hosts said to be gone as often and as long as a held text has to stay."""
    settings, now = runtime.settings, runtime.clock.now()
    for row in watched_sources(session):
        since = row.gone_since
        if since is None or row.key is None or now - since < settings.held_span:
            continue
        if checks_since(session, row.key, since) < settings.held_checks:
            continue
        last = f"{row.last_success_at:%Y-%m-%d}" if row.last_success_at else "never"
        yield (
            row.id,
            Telling(
                key=f"gone:{row.key}:{since.isoformat()}",
                kind=GONE,
                title=f"{row.name}: the document is gone",
                lines=(
                    f"Since {day_in_words(f'{since:%Y-%m-%d}')} its host says that there is no such page.",
                    f"Last seen: {last}. What it said: tracker show {row.id}",
                    f"Where it moved to, if it did, belongs into the sources file as the new address of {row.id}.",
                ),
                severity=Severity.HIGH,
            ),
        )


def _moved(session: Session, runtime: Runtime) -> Found:
    """Yield the documents that have led elsewhere as long as a held text has to stay."""
    now = runtime.clock.now()
    sources = {row.key: row for row in watched_sources(session)}
    for key, alarm in open_alarms(session).items():
        row = sources.get(alarm.source_key)
        if alarm.kind == MOVED and row is not None and now - alarm.raised_at >= runtime.settings.held_span:
            yield row.id, _leads_elsewhere(row, key, f"The page leads to {key.split(':', 2)[2]} now.")
    for held, row in accepted_elsewhere(session, ELSEWHERE, now - TOLD_LATE):
        yield row.id, _leads_elsewhere(row, f"moved:{row.key}:held {held.id}", f"The page {held.detail}.")


def _leads_elsewhere(row: SourceRow, key: str, told: str) -> Telling:
    return Telling(
        key=key,
        kind=MOVED,
        title=f"{row.name}: the page leads elsewhere",
        lines=(told, f"Followed as: {row.url}", "The sources file should name where the document is now."),
        severity=Severity.MEDIUM,
    )
