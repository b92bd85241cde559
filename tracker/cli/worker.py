"""`tracker worker`: does the work of a cluster."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import complain
from tracker.stop_signals import stop_signals

if TYPE_CHECKING:
    from tracker.daemon.engine.worker import Worker
    from tracker.web.server import WebServer

#: Seconds beyond `stop_deadline` that ending everything else may take.
STOP_GRACE = 5.0


class QueueName(StrEnum):
    """What a worker may be told to do; all of it by default."""

    CHECK = "check"
    SLOW = "slow"
    DELIVER = "deliver"
    BACKFILL = "backfill"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(worker)


def worker(
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=500, help="Checks side by side; by default the setting fetch_threads."),
    ] = None,
    queue: Annotated[
        list[QueueName] | None, typer.Option(help="What to do; may be given again. By default everything.")
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(metavar="[HOST:]PORT", help="Answer at /healthz and /metrics there; by default nowhere."),
    ] = None,
) -> None:
    """Do what the planner of a cluster (`tracker run --engine cluster`) queues, until SIGTERM or Ctrl-C."""
    import os
    import signal
    import threading
    from contextlib import closing

    from tracker.daemon.engine.wiring import open_runtime, open_worker
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings
    from tracker.store.schema.jobs_schema import require_jobs

    settings = load_settings()
    set_up_logs(settings)
    asked = threading.Event()
    for number in stop_signals():
        signal.signal(number, lambda *_: asked.set())
    address = None if listen is None else _address(listen)
    with closing(open_runtime(settings, stop=asked)) as runtime:
        require_jobs(runtime.database)
        from tracker.daemon.engine.cluster import places_of

        working = open_worker(runtime, places_of(concurrency or settings.fetch_threads, queue or ()), asked)
        working.start()
        server = None if address is None else _answer(address, working)
        asked.wait()
        last_call = threading.Timer(settings.stop_deadline + STOP_GRACE, os._exit, (0,))
        last_call.daemon = True
        last_call.start()
        if not working.stop(settings.stop_deadline):
            complain("stopped before every job had ended; what did not end is done by another worker")
            os._exit(0)
        if server is not None:
            server.stop()
    last_call.cancel()


def _address(text: str) -> tuple[str, int]:
    """Return host and port; this machine's own address where no host is named."""
    from tracker.errors import UsageError

    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        raise UsageError(f"--listen {text!r} is neither PORT nor HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


def _answer(address: tuple[str, int], working: "Worker") -> "WebServer":
    """Return the server that tells how the worker is."""
    import structlog

    from tracker.web.server import WebServer
    from tracker.web.worker_app import create_worker_app

    server = WebServer(*address, told="--listen")
    server.start(create_worker_app(working))
    structlog.get_logger(__name__).info("listening", address=server.address)
    return server
