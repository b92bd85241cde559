"""Puts the real parts of a process together."""

import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tracker.alerts.notifier import ChannelNotifier
from tracker.alerts.outbox import Lane
from tracker.alerts.render.templates import templates_in
from tracker.alerts.sender import Sender
from tracker.alerts.trying import try_templates
from tracker.clock import Clock, SystemClock
from tracker.compare.vocabulary.lexicons import activate, load
from tracker.daemon.engine.courier import Courier
from tracker.daemon.engine.pacer import StorePacer
from tracker.daemon.engine.planner import LEASE_SECONDS, Planner
from tracker.daemon.engine.service import Service
from tracker.daemon.judging import InlineJudge, Judge, PooledJudge
from tracker.daemon.past.orders import carry_out
from tracker.daemon.runtime import Runtime
from tracker.errors import UsageError
from tracker.extract.apart import READERS, Limits
from tracker.fetch.archive import WebArchive
from tracker.fetch.live import LiveFetcher
from tracker.fetch.model import Archive
from tracker.fetch.rendering import BrowserRenderer
from tracker.fetch.saving import SavePageNow
from tracker.settings import Settings
from tracker.sources.load import INTERNET_ARCHIVE
from tracker.sources.model import SourcesFile
from tracker.sources.watcher import SourcesWatcher
from tracker.store.lock import Leadership
from tracker.store.schema.jobs_schema import require_jobs
from tracker.store.upkeep.upgrade import open_store

if TYPE_CHECKING:
    from tracker.daemon.engine.cluster import Queue
    from tracker.daemon.engine.worker import Worker


def open_runtime(
    settings: Settings,
    *,
    sources_needed: bool = True,
    clock: Clock | None = None,
    stop: threading.Event | None = None,
) -> Runtime:
    """Return the real parts of this process; close the runtime when done.

    The words in force in the whole process, and the limits of documents, are from here on those of the settings.

    Args:
        settings: of this installation.
        sources_needed: without it a sources file that is not there counts as an empty one.
        clock: the machine's by default.
        stop: when set, nothing more is asked of archives.

    Raises:
        SourcesError: the sources file has mistakes.
        SchemaError: the store does not fit this program.
        LexiconError: an overlay of the words has a mistake.

    """
    activate(load(settings.lexicon_overlays))
    READERS.bound(Limits(settings.document_seconds, 3.0 * settings.document_seconds, settings.document_memory))
    present = sources_needed or settings.sources.exists()
    watcher = SourcesWatcher(settings.sources)
    sources_file = watcher.load() if present else SourcesFile((), archives=(INTERNET_ARCHIVE,))
    clock = clock or SystemClock()
    database = open_store(settings)
    pacer = StorePacer(database, clock, stop, settings.host_delay)
    judge: Judge = PooledJudge(settings.compare_processes) if settings.compare_processes else InlineJudge()

    def open_archive(name: str) -> Archive:
        # Looked up at each call: the daemon replaces the sources file as a whole.
        config = runtime.sources_file.archive(name)
        if config is None:
            known = ", ".join(archive.name for archive in runtime.sources_file.archives)
            raise UsageError(f"no archive {name!r}; there are {known or 'none'}")
        return WebArchive(config, settings, clock, pacer)

    fetcher = LiveFetcher(settings, clock, pacer)
    runtime = Runtime(
        settings=settings,
        database=database,
        clock=clock,
        fetcher=fetcher,
        sources_file=sources_file,
        open_archive=open_archive,
        judge=judge,
        renderer=BrowserRenderer(settings, clock, fetcher, pacer) if find_spec("playwright") else None,
        saver=SavePageNow(settings, clock, pacer) if settings.save_to_archive else None,
        watcher=watcher,
    )
    return runtime


def open_sender(runtime: Runtime) -> Sender:
    """Return what delivers the alerts of a runtime's store.

    Raises:
        SettingsError: a template of the user's own is broken.

    """
    try_templates(templates_in(runtime.settings.templates))
    return Sender(runtime.database, ChannelNotifier(runtime.settings, runtime.clock), runtime.settings, runtime.clock)


def open_service(runtime: Runtime) -> Service:
    """Return the daemon that does its work itself.

    On SQLite hold `daemon_lock` around it. On PostgreSQL it holds the store itself, and anew when the server was
    restarted.

    Raises:
        StoreBusyError: another daemon runs on the store.

    """
    leadership = None if runtime.database.is_sqlite else Leadership(runtime.database)
    if leadership is not None:
        leadership.require()
    return Service(runtime, Courier(open_sender(runtime)), leadership=leadership)


def open_cluster_service(runtime: Runtime) -> Service:
    """Return the daemon that plans for workers; of several on one store one acts, the others stand by.

    Raises:
        SettingsError: the store is SQLite, or the extra `cluster` is missing.
        SchemaError: the job queue's tables are missing or of another release.

    """
    require_jobs(runtime.database)
    from tracker.daemon.engine.cluster import OWNER, ClusterEngine

    engine = ClusterEngine(runtime.database, runtime.settings, runtime.clock, LEASE_SECONDS)
    leadership = Leadership(runtime.database)
    return Service(runtime, engine, engine, owner=OWNER, leadership=leadership)


def open_worker(runtime: Runtime, places: "Mapping[Queue, int]", stop: threading.Event) -> "Worker":
    """Return what does the jobs that a planner queued; raises like `open_cluster_service`.

    Args:
        runtime: the parts of this process.
        places: how many jobs of each queue at once.
        stop: when set, back-fills end after the capture in hand.

    """
    require_jobs(runtime.database)
    from tracker.daemon.engine.cluster import OWNER, Task
    from tracker.daemon.engine.worker import Worker

    planner = Planner(runtime, OWNER)
    sender = open_sender(runtime)
    reading = threading.Lock()

    def read_sources() -> None:
        # Bringing the store in step with the file is the planner's.
        with reading:
            runtime.refresh_sources()

    def check(source_id: str) -> None:
        read_sources()
        planner.work(source_id)

    def deliver(route: str, destination: str) -> None:
        read_sources()
        sender.carry_out(sender.errand(Lane(route, destination), runtime.sources_file.routes))

    def fill_in(source_id: str) -> None:
        read_sources()
        carry_out(runtime, source_id, stop.is_set)

    return Worker(runtime.database, {Task.CHECK: check, Task.DELIVER: deliver, Task.BACKFILL: fill_in}, places)
