"""`tracker run`: the daemon; `tracker web`: its pages alone."""

from enum import StrEnum
from typing import Annotated

import typer

from tracker.cli.output import complain
from tracker.stop_signals import stop_signals

#: Seconds beyond `stop_deadline` that ending everything else may take.
STOP_GRACE = 5.0


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)
    app.command()(web)


class EngineName(StrEnum):
    """Who does the work of the daemon."""

    EMBEDDED = "embedded"
    CLUSTER = "cluster"


def run(
    engine: Annotated[
        EngineName,
        typer.Option(help="embedded: threads of this process do the work; cluster: `tracker worker` processes do."),
    ] = EngineName.EMBEDDED,
) -> None:
    """Run the daemon: check what is due, send alerts, answer at /healthz, until SIGTERM or Ctrl-C."""
    import os
    import threading
    from contextlib import closing, nullcontext

    import structlog

    from tracker.daemon.engine.wiring import open_cluster_service, open_runtime, open_service
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings
    from tracker.store.lock import daemon_lock
    from tracker.web.app import create_app
    from tracker.web.server import WebServer

    settings = load_settings()
    set_up_logs(settings)
    cluster = engine is EngineName.CLUSTER
    with (
        closing(open_runtime(settings)) as runtime,
        # On PostgreSQL the hold ends with its connection, so the service itself sees to it that it is kept.
        daemon_lock(runtime.database) if runtime.database.is_sqlite else nullcontext(),
    ):
        service = open_cluster_service(runtime) if cluster else open_service(runtime)
        server = WebServer(settings.web_host, settings.web_port)
        server.start(create_app(runtime, service))
        structlog.get_logger(__name__).info("listening", address=server.address)
        service.watch_signals()
        service.start()
        service.stopping.wait()
        # A thread that hangs in a host's answer or in a mail server must not hold the process beyond its deadline; what
        # it did not finish is done again when its lease runs out.
        last_call = threading.Timer(settings.stop_deadline + STOP_GRACE, os._exit, (0,))
        last_call.daemon = True
        last_call.start()
        ended = service.stop()
        server.stop()
        if not ended:
            complain("stopped before everything had ended; what did not end is done again")
            os._exit(0)
    last_call.cancel()


def web() -> None:
    """Serve the pages, the API and the feeds without checking anything, beside a daemon or on a copy of its store."""
    import signal
    import threading
    from contextlib import closing

    import structlog

    from tracker.daemon.engine.wiring import open_runtime
    from tracker.history.clause_runs import refresh_stale_runs
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings
    from tracker.web.app import create_app
    from tracker.web.server import WebServer

    settings = load_settings()
    set_up_logs(settings)
    asked = threading.Event()
    for number in stop_signals():
        signal.signal(number, lambda *_: asked.set())
    with closing(open_runtime(settings, sources_needed=False)) as runtime:
        refresh_stale_runs(runtime.database)
        server = WebServer(settings.web_host, settings.web_port)
        server.start(create_app(runtime))
        structlog.get_logger(__name__).info("listening", address=server.address)
        asked.wait()
        server.stop()
