"""One live check of one source: fetch, extract, guard, record, compare, confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from tracker.compare.text.guard import Suspicion, guard, redirected
from tracker.counting import counted
from tracker.daemon.checks.arrivals import Arrival, fetch_all, read_all
from tracker.daemon.checks.confirm import Outcome, rule, settle
from tracker.daemon.checks.held import Hold, answer_to_everything, hold_text, let_go
from tracker.daemon.checks.reading import Reading
from tracker.daemon.checks.record import enter, keep_page
from tracker.daemon.checks.standing import Standing, standing_before
from tracker.daemon.runtime import Runtime
from tracker.daemon.schedule import next_due, recheck_held
from tracker.errors import ExtractionError, FetchError, StoreError
from tracker.fetch.backoff import next_check
from tracker.fetch.model import Page
from tracker.history.clause_runs import refresh_runs
from tracker.history.texts import stored_clauses
from tracker.metrics import CHECKS, FETCH, timed
from tracker.sources.model import Source, extraction_hash
from tracker.store.database import storable
from tracker.store.history.history import latest_observation
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import SourceRow
from tracker.store.texts.versions import text_hash
from tracker.store.work.events import log_check, log_event
from tracker.store.work.pages import remember_page
from tracker.words import ChangeState, FailureKind, Origin

#: An event tells the operator of the first failure of a kind, and again after so many in a row.
TOLD_FAILURES = {4, 13, 27, 59}

#: What a host answers where a document is no more.
GONE = {404, 410}

#: The least time between two observations: what the store resolves.
CLOCK_STEP = timedelta(microseconds=1)

#: Looks at the store again when another process was faster.
OVERTAKEN_TRIES = 5


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of one check."""

    source_id: str
    outcome: Outcome
    failure: FailureKind | None = None
    detail: str = ""
    change_id: str | None = None
    material: bool = False
    state: ChangeState | None = None


class _Overtaken(Exception):
    """Somebody recorded an observation of this source meanwhile; look again."""


def check_source(runtime: Runtime, source: Source, *, at_once: bool = False) -> CheckResult:
    """Check a source now and record what is found; failures are recorded, never raised.

    Args:
        runtime: the parts to work with.
        source: what to check.
        at_once: confirm a material change without waiting for the confirming delay to pass.

    """
    result = _check(runtime, source, at_once=at_once)
    CHECKS.labels(result.outcome.value).inc()
    return result


def _check(runtime: Runtime, source: Source, *, at_once: bool) -> CheckResult:
    with runtime.database.read() as session:
        row = source_row(session, source.id)
    arrivals: list[Arrival] = []
    try:
        with timed(FETCH):
            fetch_all(runtime, source, row, arrivals)
        reading = read_all(runtime, source, arrivals)
    except FetchError as error:
        return _failed(runtime, source, arrivals, error.kind, str(error), error.retry_after, gone=error.status in GONE)
    except ExtractionError as error:
        return _failed(runtime, source, arrivals, error.kind, str(error), None)
    for _ in range(OVERTAKEN_TRIES):
        try:
            result = _record(runtime, source, arrivals, reading, at_once=at_once)
        except _Overtaken:
            continue
        if result.outcome in {Outcome.NEW, Outcome.KNOWN}:
            assert row.key is not None
            refresh_runs(runtime.database, row.key)
        return result
    raise StoreError(f"{source.id}: other processes kept recording observations of this source; check again later")


def _record(
    runtime: Runtime, source: Source, arrivals: Sequence[Arrival], reading: Reading, *, at_once: bool
) -> CheckResult:
    """Record what was read; raise `_Overtaken` if another process recorded something of this source meanwhile."""
    with runtime.database.read() as session:
        row = source_row(session, source.id)
    standing = standing_before(runtime, source, row)
    text_sha256 = text_hash(stored_clauses(reading.document))
    accepted = None
    if standing.text_sha256 != text_sha256:
        suspicion = _suspicion(runtime, source, row, arrivals, reading, standing)
        if suspicion is not None:
            hold = _hold(runtime, source, arrivals, text_sha256, suspicion)
            if not hold.accepted:
                detail = f"{suspicion.reason}: {suspicion.detail}"
                return CheckResult(source.id, Outcome.HELD, FailureKind.NOT_A_POLICY, detail)
            accepted = suspicion
    ruling = rule(runtime, source, row, standing, reading.document, text_sha256, accepted)
    moment = _moment_of(arrivals, standing)
    with runtime.database.write() as session:
        row = source_row(session, source.id)
        _refuse_if_overtaken(session, row, standing)
        assert row.key is not None
        version, _ = enter(
            session,
            runtime,
            row.key,
            reading.document,
            snapshot_ids=_keep_pages(session, runtime, row, arrivals),
            rules_hash=extraction_hash(source.pages),
            moment=moment,
            origin=Origin.LIVE,
            language=source.language,
            stands_for=ruling.stands_for,
        )
        outcome = ruling.outcome
        _succeeded(session, runtime, source, row, moment, outcome)
        change = settle(session, runtime, source, row, standing, ruling, version, moment, at_once=at_once)
        row.onboarded_at = row.onboarded_at or moment
        return CheckResult(
            source.id,
            outcome,
            change_id=change.id if change else None,
            material=bool(change and change.alert),
            state=ChangeState(change.state) if change else None,
            detail=change.summary if change else "",
        )


def _suspicion(
    runtime: Runtime, source: Source, row: SourceRow, arrivals: Sequence[Arrival], reading: Reading, standing: Standing
) -> Suspicion | None:
    found = guard(
        reading.document,
        title=reading.title,
        before=standing.document,
        recent_words=standing.recent_words,
        language=source.language,
        asked_url=arrivals[0].page.url,
        final_url=arrivals[0].shown.final_url,
        usual_url=standing.led_to.get(arrivals[0].page.url, ""),
        sizes=runtime.settings.held_sizes,
    )
    others = (arrival.shown for arrival in arrivals[1:])
    strays = (redirected(page.url, page.final_url, standing.led_to.get(page.url, "")) for page in others)
    found = found or next((stray for stray in strays if stray is not None), None)
    return found or answer_to_everything(runtime, row, reading.document)


def _moment_of(arrivals: Sequence[Arrival], standing: Standing) -> datetime:
    """Return when the pages were seen, but never at or before the latest observation.

    A clock that was set back, or two checks within its resolution, must neither reorder what was seen nor give two
    changes one place in time. The snapshots keep the time as the clock told it.
    """
    told = max(arrival.shown.captured_at for arrival in arrivals)
    latest = standing.observation
    return told if latest is None else max(told, latest.observed_at + CLOCK_STEP)


def _refuse_if_overtaken(session: Session, row: SourceRow, standing: Standing) -> None:
    assert row.key is not None
    latest = latest_observation(session, row.key)
    if (latest.id if latest else None) != standing.observation_id:
        raise _Overtaken


def _keep_pages(session: Session, runtime: Runtime, row: SourceRow, arrivals: Sequence[Arrival]) -> list[int]:
    """Store what came as snapshots and remember the validators; return those that were read, in page order.

    What a browser showed is a snapshot of its own, after that of the answer it was made of.
    """
    assert row.key is not None
    found = []
    for arrival in arrivals:
        ident = arrival.unchanged_snapshot
        if ident is None:
            ident = _keep(session, runtime, row.key, arrival.page)
            remember_page(
                session,
                row.key,
                arrival.page.url,
                etag=arrival.page.header("etag"),
                last_modified=arrival.page.header("last-modified"),
                snapshot_id=ident,
            )
        found.append(_keep(session, runtime, row.key, arrival.rendered) if arrival.rendered else ident)
    return found


def _keep(session: Session, runtime: Runtime, source_key: int, page: Page) -> int:
    snapshot = keep_page(session, runtime, source_key, page, Origin.LIVE)
    assert snapshot.id is not None
    return snapshot.id


def _hold(
    runtime: Runtime, source: Source, arrivals: Sequence[Arrival], text_sha256: str, suspicion: Suspicion
) -> Hold:
    """Record a suspect text; the pages are stored here unless it is accepted, when recording stores them."""
    now = runtime.clock.now()
    with runtime.database.write() as session:
        row = source_row(session, source.id)
        assert row.key is not None
        hold = hold_text(session, row.key, text_sha256, suspicion, now, runtime.settings)
        if hold.accepted:
            log_event(session, now, row.key, "accepted", f"{suspicion.reason}: {suspicion.detail}")
            return hold
        hold.add_snapshots(_keep_pages(session, runtime, row, arrivals))
        if hold.times_seen == 1:
            log_event(session, now, row.key, "held", f"{suspicion.reason}: {suspicion.detail}")
        row.last_checked_at = now
        row.failures += 1
        row.last_failure = FailureKind.NOT_A_POLICY.value
        row.last_failure_detail = f"{suspicion.reason}: {suspicion.detail}"
        row.next_check_at = recheck_held(source, now, hold.times_seen)
        log_check(session, row.key, now, Outcome.HELD.value, failure=row.last_failure, detail=row.last_failure_detail)
        return hold


def _succeeded(
    session: Session, runtime: Runtime, source: Source, row: SourceRow, moment: datetime, outcome: Outcome
) -> None:
    assert row.key is not None
    now = runtime.clock.now()
    if row.failures:
        failed = counted(row.failures, "failure")
        log_event(session, now, row.key, "recovered", f"after {failed} in a row ({row.last_failure})")
    let_go(session, row.key)
    row.last_checked_at = now
    # By the clock, not by the place in the history, which lies behind what a clock that ran ahead left there.
    row.last_success_at = min(moment, now)
    row.failures = 0
    row.last_failure = None
    row.last_failure_detail = row.gone_since = None
    row.next_check_at = next_due(source, now)
    if outcome is not Outcome.UNCHANGED:
        row.last_changed_at = min(moment, now)
    log_check(session, row.key, now, outcome.value)


def _failed(
    runtime: Runtime,
    source: Source,
    arrivals: Sequence[Arrival],
    kind: FailureKind,
    detail: str,
    retry_after: float | None,
    *,
    gone: bool = False,
) -> CheckResult:
    """Count a failure and put off the next check; pages that did come are kept all the same."""
    detail = storable(detail)
    now = runtime.clock.now()
    with runtime.database.write() as session:
        row = source_row(session, source.id)
        assert row.key is not None
        _keep_pages(session, runtime, row, arrivals)
        if row.last_failure != kind.value or row.failures in TOLD_FAILURES:
            log_event(session, now, row.key, "failed", f"{kind.value}: {detail}")
        row.last_checked_at = now
        row.failures += 1
        row.last_failure = kind.value
        row.last_failure_detail = detail
        # Other failures in between, say of the network, do not bring a document back.
        row.gone_since = row.gone_since or (now if gone else None)
        row.next_check_at = next_check(now, row.failures, runtime.settings, retry_after=retry_after, seed=source.id)
        log_check(session, row.key, now, Outcome.FAILED.value, failure=kind.value, detail=detail)
    return CheckResult(source.id, Outcome.FAILED, kind, detail)
