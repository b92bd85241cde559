"""Notes every commit of a process of the tracker, and kills it at one.

The hook wraps the one place through which SQLAlchemy commits, and the one by which files are put in place: so no commit
point can be forgotten, and the program itself holds nothing that could kill it. A point is named after the function of
the tracker that commits.
"""

import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

#: The module that only passes a commit on.
PASSING = "tracker.store.database"


def watch(notes: Path, kill_at: str) -> None:
    """Note each commit of this process as a line `NAME:NUMBER` of a file.

    `kill_at` is `NAME:NUMBER:before` or `NAME:NUMBER:after`, or nothing.
    """
    from sqlalchemy.engine.default import DefaultDialect

    counts: Counter[str] = Counter()
    lock = threading.Lock()

    def wrapped(work: Any) -> Any:
        def watched(*args: Any, **kwargs: Any) -> Any:
            name = _point()
            if name is None:
                return work(*args, **kwargs)
            with lock:
                counts[name] += 1
                label = f"{name}:{counts[name]}"
                with notes.open("a", encoding="utf-8") as file:
                    file.write(label + "\n")
            _die_at(f"{label}:before", kill_at)
            done = work(*args, **kwargs)
            _die_at(f"{label}:after", kill_at)
            return done

        return watched

    DefaultDialect.do_commit = wrapped(DefaultDialect.do_commit)  # type: ignore[method-assign]
    os.replace = wrapped(os.replace)


def _die_at(point: str, kill_at: str) -> None:
    if point == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)


def _point() -> str | None:
    """Return the name of the function of the tracker that puts something in force, None if none of it does."""
    frame = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith("tracker.") and module != PASSING:
            return f"{module.rpartition('.')[2]}.{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return None
