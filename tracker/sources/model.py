"""What `sources.toml` says, as checked and frozen values."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date, time, timedelta

from tracker.extract.model import ExtractionRules
from tracker.fetch.model import ArchiveConfig as ArchiveConfig
from tracker.words import Direction, Render, Severity, Topic


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a source is checked: every so often (jittered), or by a cron line in UTC."""

    interval: timedelta | None = timedelta(hours=12)
    cron: str | None = None
    jitter: float = 0.1  #: share of the interval by which a check may come early or late


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page of a source; most sources have one."""

    url: str
    rules: ExtractionRules = ExtractionRules()


@dataclass(frozen=True, slots=True)
class Earlier:
    """Where and how the document was found until a date (inclusive)."""

    until: date
    pages: tuple[SourcePage, ...]


@dataclass(frozen=True, slots=True)
class Backfill:
    """Which archives to fill the history from, and over which span."""

    archives: tuple[str, ...] = ("internet-archive",)
    since: date | None = None
    until: date | None = None
    every: timedelta | None = None  #: at most one capture per such span


@dataclass(frozen=True, slots=True)
class Source:
    """One followed document of one organisation."""

    id: str
    name: str
    document_type: str  #: one of the terms types of Open Terms Archive, such as "Privacy Policy"
    pages: tuple[SourcePage, ...]  #: combined in this order
    organisation: str = ""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = "en"
    jurisdiction: str | None = None
    schedule: Schedule = Schedule()
    obey_robots: bool = True
    render: Render | None = None  #: None means as the settings say
    backfill: Backfill = Backfill()
    routes: tuple[str, ...] | None = None  #: names of routes; None means every route whose filters fit
    volatile: tuple[str, ...] = ()  #: clauses, as they once stood, whose numbers mean nothing
    formerly: tuple[str, ...] = ()  #: earlier ids whose history this source continues
    earlier: tuple[Earlier, ...] = ()  #: oldest first

    @property
    def names(self) -> tuple[str, ...]:
        """Return the organisation's names, longest first, for canonical text."""
        found = {self.organisation, *self.aliases} - {""}
        return tuple(sorted(found, key=lambda name: (-len(name), name)))

    def pages_at(self, day: date) -> tuple[SourcePage, ...]:
        """Return the pages that made up the document on a day."""
        return next((past.pages for past in self.earlier if day <= past.until), self.pages)


def extraction_hash(pages: tuple[SourcePage, ...]) -> str:
    """Return a short hash of everything that decides how pages become text, addresses left aside."""
    rules = json.dumps([asdict(page.rules) for page in pages], sort_keys=True)
    return hashlib.sha256(rules.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When a route sends nothing; what comes meanwhile waits."""

    spans: tuple[tuple[time, time], ...] = ()  #: by the route's wall clock, the end left out; may pass midnight
    days: tuple[int, ...] = ()  #: whole days of the week, 0 is Monday
    unless: Severity | None = None  #: what is at least this severe goes out all the same


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many messages one destination of a route gets in any such span; the last of them sums up the rest."""

    messages: int
    every: timedelta


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who else is told when nobody acknowledged a change in time."""

    after: timedelta  #: since the route told of the change
    urls: tuple[str, ...] = field(repr=False)  #: Apprise addresses, like those of the route
    severity: Severity = Severity.CRITICAL  #: at least


@dataclass(frozen=True, slots=True)
class Route:
    """A rule of the user: which changes go to which destinations, and when."""

    name: str
    urls: tuple[str, ...] = field(repr=False)  #: Apprise addresses, environment already expanded: secrets
    tags: tuple[str, ...] = ()  #: empty means all
    topics: tuple[Topic, ...] = ()
    severity: Severity = Severity.LOW  #: at least
    directions: tuple[Direction, ...] = ()
    digest: str | None = None  #: None sends at once; "hourly", "daily" and "weekly" collect
    digest_at: time | None = None  #: None is `digest_hour` of the settings
    digest_day: int = 0  #: of weekly digests, 0 is Monday
    all_quiet: bool = True  #: a digest leaves although nothing happened, and says so
    time_zone: str | None = None  #: of digests and quiet hours; None is that of the settings
    quiet: QuietHours | None = None
    limit: RateLimit | None = None
    escalation: Escalation | None = None
    operator: bool = False  #: told of the health of the installation, not of changes
    enabled: bool = True
    sources: tuple[str, ...] = ()  #: ids; empty means all
    subscription: bool = False  #: of a reader, who may read every source, so that no source leaves it out

    def reaches(self, source: Source) -> bool:
        """Return whether it may tell of a source: it is on, of people, and neither side leaves out the other."""
        return (
            self.enabled
            and not self.operator
            and (self.subscription or source.routes is None or self.name in source.routes)
            and (not self.sources or not {source.id, *source.formerly}.isdisjoint(self.sources))
            and (not self.tags or not set(self.tags).isdisjoint(source.tags))
        )


@dataclass(frozen=True, slots=True)
class SourcesFile:
    """A whole, valid sources file."""

    sources: tuple[Source, ...]
    routes: tuple[Route, ...] = ()
    archives: tuple[ArchiveConfig, ...] = field(default=())

    def source(self, ident: str) -> Source | None:
        """Return the source with this id or former id."""
        return next((source for source in self.sources if ident == source.id or ident in source.formerly), None)

    def archive(self, name: str) -> ArchiveConfig | None:
        """Return the archive with this name."""
        return next((archive for archive in self.archives if archive.name == name), None)
