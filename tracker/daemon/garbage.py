"""How often the garbage collector looks for circles where much is held that has none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects made before it looks at the young ones, and rounds before it looks at others.
_RARELY = (50_000, 50, 20)


def collect_rarely() -> None:
    """Collect rarely in this process.

    Models, remembered texts and rows on their way to the store are a large heap without circles: looking for some
    often takes a tenth of the time.
    """
    gc.set_threshold(*_RARELY)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Collect rarely for as long as a block of code runs, or the function that this decorates."""
    before = gc.get_threshold()
    collect_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*before)
