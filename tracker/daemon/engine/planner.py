"""Finds what is due and hands it to the engine; keeps the store in step with the sources file."""

import os
import socket
from collections.abc import Iterable
from datetime import timedelta

import structlog
from sqlmodel import Session, select

from tracker.daemon.checks.check import CheckResult, check_source
from tracker.daemon.checks.confirm import Outcome
from tracker.daemon.engine.engine import Engine, ThreadEngine
from tracker.daemon.engine.store_watch import StoreWatch
from tracker.daemon.runtime import Runtime
from tracker.daemon.schedule import next_due
from tracker.fetch.backoff import next_check
from tracker.hosts import host_of
from tracker.metrics import CHECKS
from tracker.settings import Settings
from tracker.sources.model import Source
from tracker.store.history.sources import SourceEntry, SyncReport, source_row, sync_sources
from tracker.store.schema.tables import SourceRow
from tracker.store.trouble import store_trouble
from tracker.store.work.events import log_check, log_event
from tracker.store.work.leases import claim_due, free_leases, release
from tracker.words import ChangeState, FailureKind

log = structlog.get_logger(__name__)

#: Seconds a claimed check may take before another process may take it over; far above any fetch deadline.
LEASE_SECONDS = 900.0

#: Checks of one host claimed in a tick even where its spacing allowed for more.
MOST_PER_HOST = 20

#: Seconds after which a source is due again that the checking machine's sources file does not have.
UNKNOWN_WAIT = 60.0


def owner_name() -> str:
    """Return how this process signs its leases."""
    return f"{socket.gethostname()}:{os.getpid()}"


def host_asked_first(source: Source) -> str:
    """Return the host that a check of this source asks first."""
    return host_of(source.pages[0].url)


def entry_of(source: Source) -> SourceEntry:
    """Return what the store keeps of an entry of the sources file."""
    return SourceEntry(
        id=source.id,
        name=source.name,
        organisation=source.organisation,
        document_type=source.document_type,
        url=source.pages[0].url,
        tags=source.tags,
        language=source.language,
        jurisdiction=source.jurisdiction,
        formerly=source.formerly,
    )


def per_host(settings: Settings) -> int:
    """Return how many checks of one host to claim in a tick: as many as its spacing lets begin until the next."""
    if settings.host_delay <= settings.tick / MOST_PER_HOST:
        return MOST_PER_HOST
    return max(1, int(settings.tick / settings.host_delay))


def sync(runtime: Runtime) -> SyncReport:
    """Bring the store in step with the sources file: new, renamed, returned and archived sources."""
    now = runtime.clock.now()
    with runtime.database.write() as session:
        report = sync_sources(session, [entry_of(source) for source in runtime.sources_file.sources], now)
        _hasten(session, runtime.sources_file.sources)
        for ident in report.archived:
            log_event(
                session, now, source_row(session, ident).key, "archived", "left the sources file; history is kept"
            )
    return report


def _hasten(session: Session, sources: Iterable[Source]) -> None:
    """Let sources whose schedule became shorter be due by it; what failed waits as long as it was put off."""
    rows = {row.id: row for row in session.exec(select(SourceRow).where(SourceRow.failures == 0))}
    for source in sources:
        row = rows.get(source.id)
        if row is not None and row.last_checked_at is not None and row.next_check_at is not None:
            row.next_check_at = min(row.next_check_at, next_due(source, row.last_checked_at))


class Planner:
    """Claims due sources, as many as the engine has room for."""

    def __init__(self, runtime: Runtime, owner: str | None = None) -> None:
        self._runtime = runtime
        self.owner = owner or owner_name()
        #: whether the store takes what is found
        self.store = StoreWatch(runtime.database, runtime.clock)
        self._owed: set[str] = set()  # sources whose leases the store refused to take back

    def take_over(self) -> None:
        """End the leases of others. Call it where nobody else plans: whoever took them out is gone."""
        with self._runtime.database.write() as session:
            freed = free_leases(session, keep=self.owner)
        if freed:
            log.info("took over checks that another process left", sources=freed)

    def plan(self, engine: Engine) -> int:
        """Hand due sources to the engine; return how many."""
        room = engine.free()
        if room <= 0:
            return 0
        self._give_back_owed()
        now = self._runtime.clock.now()
        with self._runtime.database.write() as session:
            rows = claim_due(
                session,
                now=now,
                limit=room,
                owner=self.owner,
                lease_seconds=LEASE_SECONDS,
                busy_hosts=engine.busy(),
                per_host=per_host(self._runtime.settings),
            )
            claimed = [row.id for row in rows]
        handed = 0
        for ident in claimed:
            source = self._runtime.sources_file.source(ident)
            if source is not None and engine.enqueue(source.id, host_asked_first(source)):
                handed += 1
        return handed

    def work(self, source_id: str) -> None:
        """Do one claimed check and give its lease back, whatever happens.

        Where the store refuses, the source did nothing wrong: it is due again once the store takes its lease back.
        """
        source = self._runtime.sources_file.source(source_id)
        if source is None:
            # The sources file of this machine is older or newer than the planner's, which will ask again.
            log.warning("not checked: not in the sources file", source=source_id)
            self._leave(source_id)
            return
        try:
            self.store.require()
            logged(check_source(self._runtime, source))
        except Exception as error:
            if not self.store.note(error):
                self._put_off(source, error)
                raise
        finally:
            self._give_back(source.id)

    def _give_back(self, source_id: str) -> None:
        try:
            with self._runtime.database.write() as session:
                release(session, source_row(session, source_id), self.owner)
        except Exception as error:
            if not self.store.note(error):
                raise
            self._owed.add(source_id)

    def _give_back_owed(self) -> None:
        """Give back what the store refused to take; before anything is claimed, so that no lease in use is meant."""
        while self._owed:
            self._give_back(self._owed.pop())
            self.store.require()

    def _leave(self, source_id: str) -> None:
        """Give a lease back unused; the source is due again after a while."""
        later = self._runtime.clock.now() + timedelta(seconds=UNKNOWN_WAIT)
        with self._runtime.database.write() as session:
            release(session, source_row(session, source_id), self.owner, next_check_at=later)

    def _put_off(self, source: Source, error: Exception) -> None:
        """Record a check that broke down as a failure, so that one bad source does not spin."""
        CHECKS.labels(Outcome.FAILED.value).inc()
        now = self._runtime.clock.now()
        kind, detail = FailureKind.CRASHED.value, f"internal error: {type(error).__name__}"
        with self._runtime.database.write() as session:
            row = source_row(session, source.id)
            assert row.key is not None
            row.failures += 1
            row.last_checked_at = now
            row.last_failure, row.last_failure_detail = kind, detail
            row.next_check_at = next_check(now, row.failures, self._runtime.settings, retry_after=None, seed=source.id)
            log_event(session, now, row.key, "crashed", f"{type(error).__name__}: {error}")
            log_check(session, row.key, now, Outcome.FAILED.value, failure=kind, detail=detail)


def logged(result: CheckResult) -> CheckResult:
    """Log the outcome of a check."""
    log.info(
        "checked",
        source=result.source_id,
        outcome=result.outcome.value,
        **({"failure": result.failure.value, "detail": result.detail} if result.failure else {}),
        **({"change": result.change_id, "state": result.state.value} if result.change_id and result.state else {}),
    )
    return result


def check_round(runtime: Runtime, sources: tuple[Source, ...], *, at_once: bool = False) -> list[CheckResult]:
    """Check sources now, one host at a time side by side, whether or not they are due; return results in order.

    A change that awaits its confirmation is looked at a second time at once when `at_once` is set.
    """
    results: dict[str, CheckResult] = {}

    def work(ident: str) -> None:
        source = runtime.source(ident)
        try:
            result = check_source(runtime, source, at_once=False)
            if at_once and result.material and result.state is ChangeState.AWAITING:
                result = check_source(runtime, source, at_once=True)
        except Exception as error:
            # One broken source must not hide what the others brought; the log has the whole story.
            trouble = store_trouble(error)
            if trouble is None:
                log.exception("check crashed", source=ident)
            detail = f"{type(error).__name__}: {error}" if trouble is None else str(trouble)
            result = CheckResult(ident, Outcome.FAILED, detail=detail)
        results[ident] = result

    engine = ThreadEngine(work, runtime.settings.fetch_threads)
    for source in sources:
        engine.enqueue(source.id, host_asked_first(source))
    engine.finish()
    return [results[source.id] for source in sources if source.id in results]
