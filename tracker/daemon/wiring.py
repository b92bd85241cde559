"""Puts the real parts of a process together."""

import threading

from tracker.alerts.notifier import ChannelNotifier
from tracker.alerts.sender import Sender
from tracker.clock import Clock, SystemClock
from tracker.compare.lexicons import activate, load
from tracker.daemon.judging import InlineJudge, Judge, PooledJudge
from tracker.daemon.pacer import StorePacer
from tracker.daemon.runtime import Runtime
from tracker.errors import UsageError
from tracker.fetch.archive import WebArchive
from tracker.fetch.live import LiveFetcher
from tracker.fetch.model import Archive
from tracker.settings import Settings
from tracker.sources.load import load_sources
from tracker.sources.model import SourcesFile
from tracker.store.upgrade import open_store


def open_runtime(
    settings: Settings,
    *,
    sources_needed: bool = True,
    clock: Clock | None = None,
    stop: threading.Event | None = None,
) -> Runtime:
    """Return the real parts of this process; close the runtime when done.

    The words in force in the whole process are from here on those of the settings.

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
    present = sources_needed or settings.sources.exists()
    sources_file = load_sources(settings.sources) if present else SourcesFile(())
    clock = clock or SystemClock()
    database = open_store(settings)
    pacer = StorePacer(database, clock, stop)
    judge: Judge = PooledJudge(settings.compare_processes) if settings.compare_processes else InlineJudge()

    def open_archive(name: str) -> Archive:
        # Looked up at each call: the daemon replaces the sources file as a whole.
        config = runtime.sources_file.archive(name)
        if config is None:
            known = ", ".join(archive.name for archive in runtime.sources_file.archives)
            raise UsageError(f"no archive {name!r}; there are {known or 'none'}")
        return WebArchive(config, settings, clock, pacer)

    runtime = Runtime(
        settings=settings,
        database=database,
        clock=clock,
        fetcher=LiveFetcher(settings, clock, pacer),
        sources_file=sources_file,
        open_archive=open_archive,
        judge=judge,
    )
    return runtime


def open_sender(runtime: Runtime) -> Sender:
    """Return what delivers the alerts of a runtime's store."""
    return Sender(runtime.database, ChannelNotifier(runtime.settings, runtime.clock), runtime.settings, runtime.clock)
