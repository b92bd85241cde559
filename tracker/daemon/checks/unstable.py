"""Sources that flip between known texts: found, told to the operator, kept from alerting, and settled again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from tracker.alerts.notices import UNSTABLE as UNSTABLE_NOTICE
from tracker.alerts.notices import Telling, tell
from tracker.alerts.outbox import plan_deliveries
from tracker.compare.judging.quieten import quieten_variants
from tracker.compare.model import Document, Verdict
from tracker.counting import counted
from tracker.daemon.checks.changes import SETTLED_NOTE, new_change, summary_of, with_flag
from tracker.daemon.checks.copies import plan_copies
from tracker.daemon.checks.standing import Standing
from tracker.daemon.runtime import Runtime
from tracker.history.texts import load_document
from tracker.sources.model import Source
from tracker.store.history.history import Transition
from tracker.store.schema.tables import Change, SourceRow, Version
from tracker.store.work.events import log_event
from tracker.store.work.noise import (
    STABLE,
    UNSTABLE,
    changes_into,
    last_settled,
    returns_lately,
    told_version,
    variants,
)
from tracker.words import ChangeState, Flag, Origin, Severity

#: A page that begins to flip so soon after it settled never ceased to: by chance it showed one text for a while.
SAME_SPELL = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Settling:
    """What is to be said when an unstable source holds one text at last and people were told of another."""

    told_version_id: int
    told_sha256: str
    verdict: Verdict  #: of the step from what people were told of to what holds


def beside_variants(
    runtime: Runtime, source: Source, row: SourceRow, standing: Standing, document: Document, verdict: Verdict
) -> Verdict:
    """Return a verdict on a text never seen before, held against all that an unstable source shows in turn."""
    if row.unstable_since is None or standing.document is None:
        return verdict
    with runtime.database.read() as session:
        others = [
            load_document(session, one.version.id, source.names)
            for one in variants(session, row)
            if one.version.id is not None and one.version.id != standing.version_id
        ]
    today = runtime.clock.now().date()
    judged = [(other, runtime.judge.judge(other, document, names=source.names, captured_on=today)) for other in others]
    quiet = quieten_variants(verdict, standing.document, judged)
    sides = [(standing.document, verdict), *judged]
    closest, told = max(sides, key=lambda side: _in_common(side[0], document))
    if quiet.alert or closest is standing.document:
        return quiet
    beside_closest = quieten_variants(told, closest, [side for side in sides if side[0] is not closest])
    if not beside_closest.alert:
        return quiet
    note = f"beside the variant that it is closest to: {summary_of(beside_closest)}"
    names = ("alert", "severity", "topics", "direction")
    return replace(quiet, reasons=(*quiet.reasons, note), **{name: getattr(beside_closest, name) for name in names})


def _in_common(one: Document, other: Document) -> int:
    """Return how many clauses of a text another one has too."""
    known = {clause.key for clause in other.clauses}
    return sum(clause.key in known for clause in one.clauses)


def settling(runtime: Runtime, source: Source, row: SourceRow, standing: Standing) -> Settling | None:
    """Return what has to be said if one more quiet check settles an unstable source; None where nothing has."""
    if row.unstable_since is None or row.quiet_checks + 1 < runtime.settings.stable_checks:
        return None
    assert row.key is not None
    if standing.document is None:
        return None
    with runtime.database.read() as session:
        told = told_version(session, row.key)
        if told is None or told == standing.version_id:
            return None
        before = load_document(session, told, source.names)
        told_sha256 = session.get_one(Version, told).text_sha256
    today = runtime.clock.now().date()
    verdict = runtime.judge.judge(before, standing.document, names=source.names, captured_on=today)
    if not verdict.alert:
        return None
    checks = counted(runtime.settings.stable_checks, "check")
    note = f"{SETTLED_NOTE}flipped between known texts since {row.unstable_since:%Y-%m-%d}, then held for {checks}"
    verdict = with_flag(replace(verdict, reasons=(*verdict.reasons, note)), Flag.RETURNED)
    return Settling(told, told_sha256, verdict)


def watch_flips(session: Session, runtime: Runtime, source: Source, row: SourceRow, *, returned: bool) -> None:
    """Enter that a check found another text than the one before, and whether that was a known one.

    The source becomes unstable once it came back to known texts too often lately; the operator is told once a spell.
    """
    assert row.key is not None
    row.quiet_checks = 0
    if not returned or row.unstable_since is not None:
        return
    settings, now = runtime.settings, runtime.clock.now()
    returns = returns_lately(session, row.key, settings.unstable_checks)
    if len(returns) < settings.unstable_returns:
        return
    row.unstable_since = returns[0]
    times, checks = counted(len(returns), "time"), counted(settings.unstable_checks, "check")
    told = f"came back to an earlier text {times} in its last {checks}"
    log_event(session, now, row.key, UNSTABLE, told)
    settled = last_settled(session, row.key)
    if settled is not None and returns[0] - settled < SAME_SPELL:
        return
    quiet = counted(settings.stable_checks, "check")
    telling = Telling(
        key=f"unstable:{row.key}:{returns[0].isoformat()}",
        kind=UNSTABLE_NOTICE,
        title=f"{source.name}: the page flips between known texts",
        lines=(
            f"It {told}.",
            f"Its flips are recorded and not alerted, until one text holds for {quiet}.",
            "A text that it never showed before alerts as ever.",
            f"What it shows in turn: tracker noise {source.id}",
        ),
        severity=Severity.LOW,
    )
    tell(session, runtime.routes_in(session), source, row, telling, now, settings)


def count_quiet(
    session: Session,
    runtime: Runtime,
    source: Source,
    row: SourceRow,
    version: Version,
    told: Settling | None,
    moment: datetime,
) -> Change | None:
    """Enter a check of an unstable source that found the text of the check before; return the change it settled.

    The text that holds long enough is the one in force. If people were told of another, they are told of this one now.
    """
    if row.unstable_since is None:
        return None
    assert row.key is not None
    row.quiet_checks += 1
    if row.quiet_checks < runtime.settings.stable_checks:
        return None
    now = runtime.clock.now()
    log_event(session, now, row.key, STABLE, f"one text held for {counted(row.quiet_checks, 'check')} in a row")
    row.unstable_since = None
    row.quiet_checks = 0
    if told is None:
        return None
    change = _change_to_tell(session, row.key, version, told, moment, now)
    plan_deliveries(session, runtime.routes_in(session), source, row, change, now, runtime.settings)
    plan_copies(session, runtime, source, change)
    return change


def _change_to_tell(
    session: Session, source_key: int, version: Version, told: Settling, moment: datetime, now: datetime
) -> Change:
    """Return the change from what people know to what holds, confirmed; made where the page never stepped so."""
    assert version.id is not None
    into = changes_into(session, source_key, version.id)
    known = next(
        (
            one
            for one in into
            if one.state == ChangeState.FLAPPING and one.before_version_id == told.told_version_id and one.alert
        ),
        None,
    )
    if known is not None:
        known.state = ChangeState.CONFIRMED.value
        known.confirmed_at = now
        return known
    latest = into[0] if into else None
    step = Transition(
        before_version_id=told.told_version_id,
        after_version_id=version.id,
        last_seen_before=latest.last_seen_before if latest is not None else now,
        # The moment of settling: at that of the last flip its own change stands.
        first_seen_after=moment,
        origin=Origin.LIVE.value,
    )
    hashes = (told.told_sha256, version.text_sha256)
    change = new_change(source_key, step, hashes, told.verdict, ChangeState.CONFIRMED, now)
    session.add(change)
    session.flush()
    return change
