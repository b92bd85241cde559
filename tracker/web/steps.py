"""Steps between versions that were compared for the asking, kept for a while: they cost seconds on long texts."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from tracker.compare.rules import rules_version
from tracker.history.steps import Step

#: Steps kept; each holds one verdict.
KEPT = 64

Versions = tuple[int | None, int | None]


class Steps:
    """The steps asked for last. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[tuple[Versions, str], Step] = OrderedDict()

    def get(self, versions: Versions, make: Callable[[], Step]) -> Step:
        """Return the step between two versions under today's rules, made where it is not kept."""
        key = versions, rules_version()
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        step = make()
        if step.change is None:  # a stored change may be altered: it is read each time
            with self._lock:
                self._held[key] = step
                while len(self._held) > KEPT:
                    self._held.popitem(last=False)
        return step
