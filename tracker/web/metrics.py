"""`/metrics`: what Prometheus scrapes, from the store and from this process."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tracker import __version__
from tracker.daemon.engine.service import Service
from tracker.metrics import REGISTRY
from tracker.store.work.gauges import Gauge, gauges, slow_gauges
from tracker.store.work.operations import Storage
from tracker.web.looked_up import SIZES, LookedUp
from tracker.web.parts import Daemon, Parts, Reading

router = APIRouter()

#: The figures that take a look at every clause.
_SLOW = LookedUp(lambda session: list(slow_gauges(session)))


class _Told(Collector):
    """Gauges of one moment, as a registry wants them."""

    def __init__(self, found: Iterable[Gauge]) -> None:
        self._found = tuple(found)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each with its values."""
        for gauge in self._found:
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=[gauge.label] if gauge.label else [])
            for label, value in sorted(gauge.values.items()):
                family.add_metric([label] if gauge.label else [], value)
            yield family


@router.get("/metrics")
def show_metrics(session: Reading, parts: Parts, daemon: Daemon) -> Response:
    """Answer in the text format of Prometheus."""
    now = parts.clock.now()
    found = [
        *gauges(session, now),
        *_SLOW.of(parts.database, session),
        *_sizes(SIZES.of(parts.database, session)),
        *_ticks(daemon, now),
        Gauge("tracker_build_info", "The release that answers.", {__version__: 1}, "version"),
    ]
    moment = CollectorRegistry()
    moment.register(_Told(found))
    body = generate_latest(moment) + generate_latest(REGISTRY)
    return Response(body, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _sizes(held: Storage) -> Iterator[Gauge]:
    if held.database_bytes is not None:
        yield Gauge("tracker_store_bytes", "Size of the whole store.", {"": held.database_bytes})
    yield Gauge("tracker_capture_bytes", "Captures as they came.", {"": held.plain_bytes})
    yield Gauge("tracker_capture_stored_bytes", "Captures as stored.", {"": held.stored_bytes})
    yield Gauge("tracker_rows", "Rows by what they are.", dict(held.rows), "what")


def _ticks(daemon: Service | None, now: datetime) -> Iterator[Gauge]:
    if daemon is not None:
        ages = {name: max(0.0, (now - at).total_seconds()) for name, at in daemon.ticks.items()}
        yield Gauge("tracker_tick_age_seconds", "Time since each of the daemon's ticks ended well.", ages, "tick")
