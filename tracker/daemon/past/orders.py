"""Carries out back-fills that people ordered: as far as the archive allows, and on from there later."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import structlog

from tracker.daemon.past.backfill import BackfillReport, Span, backfill
from tracker.daemon.runtime import Runtime
from tracker.errors import UsageError
from tracker.fetch.backoff import next_check
from tracker.sources.model import Source
from tracker.store.history.sources import source_row
from tracker.store.schema.order_tables import BackfillOrder
from tracker.store.work.orders import open_order, place_order, settle_order

log = structlog.get_logger(__name__)


def order_backfill(runtime: Runtime, source: Source, span: Span) -> None:
    """Have the workers of a cluster fill in the past of a source.

    Raises:
        UsageError: the store is SQLite, which no workers serve.
        UnknownSourceError: the store does not know the source.

    """
    if runtime.database.is_sqlite:
        raise UsageError(
            "only a cluster has workers, see `tracker run --engine cluster`; leave --queue out to do it here"
        )
    now = runtime.clock.now()
    with runtime.database.write() as session:
        key = source_row(session, source.id).key
        assert key is not None
        order = BackfillOrder(
            source_key=key,
            since=span.since.isoformat() if span.since else None,
            until=span.until.isoformat() if span.until else None,
            every_seconds=span.every.total_seconds() if span.every else None,
            archives=list(span.archives) if span.archives else None,
            asked_at=now,
            next_try_at=now,
        )
        place_order(session, order)


def carry_out(runtime: Runtime, source_id: str, stop: Callable[[], bool]) -> None:
    """Go on with the ordered back-fill of a source; how far it came, or when to go on, is noted with the order.

    A stop leaves it as it is, for another worker.
    """
    source = runtime.sources_file.source(source_id)
    with runtime.database.read() as session:
        row = source_row(session, source_id)
        assert row.key is not None
        order = open_order(session, row.key)
    if order is None:
        return
    if source is None:
        _settle(runtime, order, "waits: not in the sources file of the worker", None)
        return
    try:
        report = backfill(runtime, source, _span_of(order), stop=stop)
    except Exception as error:
        _settle(runtime, order, f"waits: {type(error).__name__}: {error}", None)
        raise
    if stop():
        return
    _settle(runtime, order, report.stopped or _told(report), None if report.stopped else runtime.clock.now())
    log.info("back-filled", source=source_id, downloaded=report.downloaded, stopped=report.stopped)


def _settle(runtime: Runtime, order: BackfillOrder, note: str, finished_at: datetime | None) -> None:
    now, seed = runtime.clock.now(), str(order.source_key)
    later = next_check(now, order.attempts + 1, runtime.settings, retry_after=None, seed=seed)
    with runtime.database.write() as session:
        settle_order(session, order, note, finished_at=finished_at, next_try_at=later)


def _span_of(order: BackfillOrder) -> Span:
    return Span(
        since=date.fromisoformat(order.since) if order.since else None,
        until=date.fromisoformat(order.until) if order.until else None,
        every=timedelta(seconds=order.every_seconds) if order.every_seconds else None,
        archives=tuple(order.archives) if order.archives else None,
    )


def _told(report: BackfillReport) -> str:
    counted = ", ".join(f"{count} {state}" for state, count in sorted(report.counts.items()))
    return counted or "the archive has no captures"
