"""How long and how much: seconds of one core, megabytes of one process, and caches emptied in between.

Seconds are those a core worked for us, so that a busy machine does not change them much.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tracker.compare.comparison import _looked_long, _looked_short
from tracker.compare.vocabulary.cues import compile_cue
from tracker.compare.vocabulary.lexicons import active

P = ParamSpec("P")
R = TypeVar("R")

_CACHED = type(compile_cue)

_OF_TEXTS = 1024  #: results from which a cache is one of texts; smaller ones hold what comes with the program


def _caches() -> Iterable[Any]:
    """Return the caches of what was computed from texts. The program's own words and models stay loaded."""
    yield from active().caches.values()
    for name, module in list(sys.modules.items()):
        if name.startswith("tracker."):
            yield from (
                value for value in vars(module).values() if isinstance(value, _CACHED) and value is not compile_cue
            )


def forget() -> None:
    """Forget everything that was computed from a text."""
    forget_pairs()
    for cache in _caches():
        if (cache.cache_parameters()["maxsize"] or 0) >= _OF_TEXTS:
            cache.cache_clear()


def forget_pairs() -> None:
    """Forget how pairs of whole texts were judged, so that judging the same ones again is work."""
    for remembered in (_looked_short, _looked_long):
        remembered.cache_clear()


def seconds(work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> float:
    """Return how long one core worked."""
    start = time.process_time()
    work(*args, **kwargs)
    return time.process_time() - start


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least a share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered) + 0.4999) - 1))]


def megabytes() -> float:
    """Return the most memory this process ever held.

    Linux counts it apart; `getrusage` of a process that a larger one started gives that of the larger.
    """
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _with_peak(work: Callable[..., R], args: tuple[Any, ...]) -> tuple[R, float]:
    return work(*args), megabytes()


def apart(work: Callable[..., R], *args: Any) -> tuple[R, float]:
    """Do work in a fresh process; return its result and the most memory the process held."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_with_peak, work, args).result()
