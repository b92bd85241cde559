"""Starts tracker processes without their start-up: one process imports everything, then forks one for each command.

The tests that kill processes need hundreds; each is a real one, with memory and connections of its own. Orders come as
lines of JSON on standard input (`arguments`, `environment`, `log`); the answer to each is the exit status, negative for
a signal. The command `ticks` is a daemon's: a few ticks of each kind, one after the other, so that each run commits in
the same order.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from tests.world import PARAGRAPHS
from tracker.compare import Block, BlockKind, compare
from tracker.compare.text.clauses import cut

KILLER = Path(__file__).parents[1] / "acceptance" / "killer"
ROOT = Path(__file__).parents[2]

#: Rounds of the ticks of a daemon, and seconds between two: longer than what waits for a second look or try does wait.
ROUNDS, PAUSE = 4, 0.15

#: Where Python finds the hook that kills, and the program.
PYTHONPATH = os.pathsep.join((str(KILLER), str(ROOT)))


class Nursery:
    """A running one."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
        """Run `tracker` with some arguments to its end and return its exit status; its output is added to a file."""
        order = {"arguments": list(arguments), "environment": dict(environment), "log": str(log)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Run a nursery until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.nursery"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": PYTHONPATH},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Nursery(process)
    finally:
        process.communicate(timeout=240)


def _serve() -> dict[str, Any] | None:
    """Fork a process for each order; return the order in that process, None in this one when there are no more."""
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            order: dict[str, Any] = json.loads(line)
            return order
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    return None


def _become(order: Mapping[str, Any]) -> None:
    """Be the process that an order asks for."""
    from tests.support.commits import watch
    from tracker.cli.app import main

    os.environ.clear()
    os.environ.update(order["environment"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, number in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, number)
    watch(Path(os.environ["COMMITS"]), os.environ.get("KILL_AT", ""))
    sys.argv = ["tracker", *order["arguments"]]
    status: Any = 0
    try:
        (_tick if order["arguments"] == ["ticks"] else main)()
    except SystemExit as error:
        status = error.code
    _leave(int(status or 0))


def _tick() -> None:
    """Do what the scheduler of a daemon calls, and its engine after it, for a few rounds."""
    from tracker.daemon.engine.engine import InlineEngine
    from tracker.daemon.engine.wiring import open_runtime, open_service
    from tracker.settings import load_settings
    from tracker.store.lock import daemon_lock

    with (
        closing(open_runtime(load_settings())) as runtime,
        daemon_lock(runtime.database) if runtime.database.is_sqlite else nullcontext(),
    ):
        service = open_service(runtime)
        service.engine = InlineEngine(service.planner.work)
        for _ in range(ROUNDS):
            for work in (service.plan, service.send, service.notice, service.maintain):
                service._ticking(work.__name__, work)()
            time.sleep(PAUSE)
        assert service.sender.drain(60)


def _leave(status: int) -> NoReturn:
    """End as Python does, but for taking apart all that was imported: that takes longer than many a command."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _warm_up() -> None:
    """Import everything, and read the words that judging needs."""
    import tracker

    for module in pkgutil.walk_packages(tracker.__path__, "tracker."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
    importlib.import_module("psycopg")
    document = cut([Block(BlockKind.PARAGRAPH, paragraph) for paragraph in PARAGRAPHS])
    compare(document, cut([]), names=(), captured_on=date(2026, 3, 1))
    gc.freeze()


if __name__ == "__main__":
    _warm_up()
    found = _serve()
    if found is not None:
        _become(found)
