"""Everything a job needs, put together once per process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from sqlmodel import Session

from tracker.alerts.subscriptions import is_offered, routes_of
from tracker.clock import Clock
from tracker.daemon.judging import InlineJudge, Judge
from tracker.errors import UnknownSourceError
from tracker.fetch.model import Archive, Fetcher, Renderer
from tracker.fetch.saving import PageSaver
from tracker.settings import Settings
from tracker.sources.model import Route, Source, SourcesFile
from tracker.sources.watcher import SourcesWatcher
from tracker.store.database import Database


@dataclass
class Runtime:
    """The parts of one process: real ones in the daemon and the commands, twins in tests."""

    settings: Settings
    database: Database
    clock: Clock
    fetcher: Fetcher
    sources_file: SourcesFile  #: replaced as a whole when the file changes
    open_archive: Callable[[str], Archive]  #: by the archive's name in the sources file
    judge: Judge = field(default_factory=InlineJudge)
    renderer: Renderer | None = None  #: reads pages in a browser; None without the extra `browser`
    saver: PageSaver | None = None  #: keeps changed pages in a public archive; None where that is not wanted
    watcher: SourcesWatcher | None = None  #: tells of a changed sources file; None where nobody changes it

    def refresh_sources(self) -> bool:
        """Take over a changed sources file; return whether it changed. The store is not brought in step with it."""
        changed = None if self.watcher is None else self.watcher.poll()
        if changed is None:
            return False
        self.sources_file = changed
        return True

    @property
    def routes(self) -> tuple[Route, ...]:
        """Return the routes of the sources file, and those of confirmed subscriptions."""
        if not is_offered(self.settings):
            return self.sources_file.routes
        with self.database.read() as session:
            return self.routes_in(session)

    def routes_in(self, session: Session) -> tuple[Route, ...]:
        """Return the same within a session: a writer that opened a second one could wait for itself."""
        return (*self.sources_file.routes, *routes_of(session, self.settings))

    def source(self, ident: str) -> Source:
        """Return a followed source by id or former id.

        Raises:
            UnknownSourceError: the sources file has none of that id; the message names those that look alike.

        """
        found = self.sources_file.source(ident)
        if found is None:
            near = get_close_matches(ident.lower(), [source.id for source in self.sources_file.sources])
            hint = f"did you mean {' or '.join(near)}?" if near else "`tracker sources list` shows the ids"
            raise UnknownSourceError(f"no source {ident!r} in the sources file; {hint}")
        return found

    def chosen(self, idents: Sequence[str]) -> tuple[Source, ...]:
        """Return the sources named, each once and in the order of the names; all of them when none is."""
        return tuple(self.source(ident) for ident in dict.fromkeys(idents)) if idents else self.sources_file.sources

    def close(self) -> None:
        """Free processes and connections."""
        self.judge.close()
        self.database.close()
