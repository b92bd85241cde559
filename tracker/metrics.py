"""What a process counts and times, for Prometheus. What the store knows is asked of it when somebody looks.

Names follow the conventions of Prometheus: base units, `_total` on counters. Labels come from fixed words of the
project, never from anything fetched, so that their number stays small.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram

#: A registry of our own: what other libraries count in the process is none of our business.
REGISTRY = CollectorRegistry()

CHECKS = Counter("tracker_checks", "Checks done by this process.", ["outcome"], registry=REGISTRY)
DELIVERIES = Counter(
    "tracker_deliveries", "Messages this process handed over or could not.", ["result"], registry=REGISTRY
)
FETCH = Histogram(
    "tracker_fetch_seconds",
    "Time to fetch all pages of a source, waiting for the host's turn included.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
    registry=REGISTRY,
)
COMPARE = Histogram(
    "tracker_compare_seconds",
    "Time to judge the step from one text to the next.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Time a block, also one that fails."""
    start = time.monotonic()
    try:
        yield
    finally:
        histogram.observe(time.monotonic() - start)
