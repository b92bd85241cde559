"""A small world for tests of the daemon: a real store, in-memory fetcher and archives, a clock that is set by hand."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select

from tracker.clock import ManualClock
from tracker.daemon.checks.check import CheckResult, check_source
from tracker.daemon.engine.planner import sync
from tracker.daemon.runtime import Runtime
from tracker.errors import DamagedError, UsageError
from tracker.fetch.memory import InMemoryFetcher
from tracker.fetch.model import Archive
from tracker.settings import Settings
from tracker.sources.model import Route, Schedule, Source, SourcePage, SourcesFile
from tracker.store.database import Database
from tracker.store.schema.tables import Change, Delivery, Observation, Version

URL = "https://acme.example/privacy"

#: Paragraphs of an invented policy, long enough to pass for one.
PARAGRAPHS = (
    "This privacy policy explains how Acme handles personal information when you use our website and our services.",
    "We collect your name, your email address and the billing details that you give us when you open an account.",
    "We use personal information to provide our services, to answer your questions and to prevent fraud.",
    "We do not sell your personal information to anyone.",
    "We will not share your email address with third parties without your consent.",
    "We keep server logs for 30 days and delete them after that.",
    "We protect personal information with encryption in transit and at rest, and we limit access to staff who need it.",
    "You may ask us for a copy of your personal information, have it corrected, or have it deleted at any time.",
    "Our services are not meant for children under 16, and we do not knowingly collect their personal information.",
    "If we change this privacy policy in a material way, we will notify you by email at least 30 days in advance.",
    "We may disclose personal information if the law requires it, for instance to answer a valid court order.",
    "If you have any questions about this policy, please write to our data protection officer.",
)


def page(*paragraphs: str, title: str = "Privacy Policy") -> str:
    """Return an HTML page that holds these paragraphs as its main text."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html lang=en><head><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"


def policy(**replaced: str) -> str:
    """Return the invented policy; `p5="..."` replaces its paragraph number 5 (from 0), an empty text drops it."""
    paragraphs = [replaced.get(f"p{number}", paragraph) for number, paragraph in enumerate(PARAGRAPHS)]
    extra = [replaced["extra"]] if "extra" in replaced else []
    return page(*[paragraph for paragraph in paragraphs if paragraph], *extra)


def acme(**values: object) -> Source:
    """Return a source that follows the invented policy."""
    told: dict[str, object] = {
        "id": "acme",
        "name": "Acme Privacy Policy",
        "document_type": "Privacy Policy",
        "pages": (SourcePage(URL),),
        "organisation": "Acme",
        "schedule": Schedule(interval=timedelta(hours=12), jitter=0),
    }
    return Source(**(told | values))  # type: ignore[arg-type]


@dataclass
class World:
    """The runtime and its twins, with shortcuts to look at what was stored."""

    runtime: Runtime
    fetcher: InMemoryFetcher
    clock: ManualClock
    archives: dict[str, Archive] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        database: Database,
        clock: ManualClock,
        *sources: Source,
        routes: tuple[Route, ...] = (),
        **settings: object,
    ) -> "World":
        """Put a world together over a store."""
        told: dict[str, object] = {"sources": Path("none.toml"), "confirm_delay": 1_800}
        fetcher = InMemoryFetcher(clock)
        archives: dict[str, Archive] = {}

        def open_archive(name: str) -> Archive:
            if name not in archives:
                raise UsageError(f"no archive {name!r}")
            return archives[name]

        runtime = Runtime(
            settings=Settings(**(told | settings)),  # type: ignore[arg-type]
            database=database,
            clock=clock,
            fetcher=fetcher,
            sources_file=SourcesFile(sources or (acme(),), routes),
            open_archive=open_archive,
        )
        world = cls(runtime, fetcher, clock, archives)
        sync(runtime)
        return world

    def check(self, ident: str = "acme", *, hours: float = 12, at_once: bool = False) -> CheckResult:
        """Let hours pass, then check a source."""
        self.clock.advance(timedelta(hours=hours))
        return check_source(self.runtime, self.runtime.source(ident), at_once=at_once)

    def changes(self) -> list[Change]:
        """Return all changes, in time order, with what was not damaged of their verdicts."""
        with self.runtime.database.read() as session:
            found = list(session.exec(select(Change).order_by(col(Change.first_seen_after))))
            for change in found:
                with suppress(DamagedError):
                    change.read_verdict()
            return found

    def deliveries(self) -> list[Delivery]:
        """Return the outbox."""
        with self.runtime.database.read() as session:
            return list(session.exec(select(Delivery).order_by(col(Delivery.id))))

    def counts(self) -> tuple[int, int]:
        """Return the numbers of versions and observations."""
        with self.runtime.database.read() as session:
            return len(session.exec(select(Version.id)).all()), len(session.exec(select(Observation.id)).all())
