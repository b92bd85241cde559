"""An archive that keeps pages in memory: the twin of `SavePageNow` for tests and demonstrations."""

from dataclasses import dataclass, field

from tracker.clock import Clock
from tracker.errors import ArchiveError, ArchiveUnavailable
from tracker.fetch.saving import SavedPage
from tracker.moments import timestamp_of


@dataclass
class InMemorySaver:
    """Keeps what it is asked to, once it was looked at as often as `looks` says. Implements `PageSaver`."""

    clock: Clock
    looks: int = 1
    fails: dict[str, ArchiveError] = field(default_factory=dict)  #: by address: what is raised in place of a work
    ends: dict[str, ArchiveError] = field(default_factory=dict)  #: by address: what becomes of a work
    submitted: list[str] = field(default_factory=list)
    _jobs: dict[str, list[str]] = field(default_factory=dict)  #: by work: the address, once for each look to come

    def submit(self, url: str) -> str | SavedPage:
        """Take an address over."""
        self.submitted.append(url)
        if url in self.fails:
            raise self.fails[url]
        job = f"job-{len(self.submitted)}"
        self._jobs[job] = [url] * self.looks
        return job

    def look(self, job: str) -> SavedPage | None:
        """Return the copy at the last look."""
        if job not in self._jobs:
            raise ArchiveUnavailable("the archive could not keep the page (no such work)")
        url = self._jobs[job].pop()
        if self._jobs[job]:
            return None
        self._jobs[job] = [url]
        if url in self.ends:
            raise self.ends[url]
        now = self.clock.now()
        return SavedPage(f"https://archive.example/web/{timestamp_of(now)}/{url}", now.replace(microsecond=0))
