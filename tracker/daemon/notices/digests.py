"""Lets each digest say what was looked at, so that silence is not mistaken for failure.

When the time of a digest has come, a notice with the counts of checks since the one before joins what waits for it;
where nothing waits it is the digest. How far a route went is stored with it in one transaction: no span is told twice
or left out, whatever restarts or clocks do in between.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from tracker.alerts.notices import COVERAGE, Telling, address, enter_notice
from tracker.alerts.timing import last_digest
from tracker.counting import counted
from tracker.daemon.checks.confirm import Outcome
from tracker.daemon.runtime import Runtime
from tracker.sources.model import Route
from tracker.store.history.coverage import advance_digests, begin_digests, digest_states, digest_waits, outcomes
from tracker.store.history.sources import all_sources
from tracker.store.schema.tables import SourceRow
from tracker.words import Severity

#: Sources named of those that could not be checked.
NAMED = 10

_GOOD = {Outcome.UNCHANGED.value, Outcome.KNOWN.value, Outcome.NEW.value}
_CHANGED = {Outcome.KNOWN.value, Outcome.NEW.value}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of the sources of a route; the ids of those that people should know of."""

    unchanged: int
    changed: int
    unreachable: tuple[str, ...]
    held: tuple[str, ...]
    unchecked: tuple[str, ...]
    paused: tuple[str, ...]

    @property
    def checked(self) -> int:
        """Return how many sources showed their document."""
        return self.unchanged + self.changed

    @property
    def severity(self) -> Severity:
        """Return how much it matters: that nothing at all could be seen is no silence."""
        missed = self.unreachable or self.held or self.unchecked
        return Severity.MEDIUM if missed and not self.checked else Severity.NONE

    @property
    def title(self) -> str:
        """Return the counts in one line."""
        told = [f"{counted(self.checked, 'source')} checked", f"{self.unchanged} unchanged"]
        told += [f"{self.changed} with another text"] if self.changed else []
        told += [f"{len(self.unreachable)} unreachable"] if self.unreachable else ["none unreachable"]
        told += [f"{len(self.held)} held as suspect"] if self.held else []
        told += [f"{len(self.unchecked)} not looked at"] if self.unchecked else []
        told += [f"{len(self.paused)} paused"] if self.paused else []
        return ", ".join(told)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return who could not be checked."""
        named = (
            ("Unreachable", self.unreachable),
            ("Held as suspect", self.held),
            ("Not looked at", self.unchecked),
            ("Paused", self.paused),
        )
        return tuple(f"{what}: {_listed(idents)}" for what, idents in named if idents)


def open_digests(runtime: Runtime) -> int:
    """Enter the counts of each digest whose time has come; return how many."""
    now = runtime.clock.now()
    routes = [route for route in runtime.routes if route.enabled and route.digest and not route.operator]
    if not routes:
        return 0
    with runtime.database.read() as session:
        states = digest_states(session)
    opened = 0
    for route in routes:
        last = last_digest(route, now, runtime.settings)
        known = states.get(route.name)
        if known is not None and known >= last:
            continue
        with runtime.database.write() as session:
            if known is None:
                begin_digests(session, route.name, now)
            else:
                opened += _open(session, runtime, route, last, now)
    return opened


def _open(session: Session, runtime: Runtime, route: Route, last: datetime, now: datetime) -> bool:
    since = advance_digests(session, route.name, last)
    if since is None or not (route.all_quiet or digest_waits(session, route.name, last)):
        return False
    coverage = coverage_of(session, runtime, route, since, last)
    telling = Telling(
        key=f"coverage:{route.name}:{last.isoformat()}",
        kind=COVERAGE,
        title=coverage.title,
        lines=(f"From {_moment(since, runtime)} to {_moment(last, runtime)}.", *coverage.lines),
        severity=coverage.severity,
    )
    ident = enter_notice(session, None, telling, now)
    if ident is None:
        return False
    address(session, ident, telling.key, [(route, route.urls)], now, runtime.settings, due=last)
    return True


def coverage_of(session: Session, runtime: Runtime, route: Route, since: datetime, until: datetime) -> Coverage:
    """Return what became of the sources a route reaches, after a time and up to another."""
    reached = {source.id for source in runtime.sources_file.sources if route.reaches(source)}
    rows = [row for row in all_sources(session, state="active") if row.id in reached]
    found = outcomes(session, [row.key for row in rows if row.key is not None], since, until)

    def of(row: SourceRow) -> Collection[str]:
        return found.get(row.key or 0, ())

    seen = [row for row in rows if not _GOOD.isdisjoint(of(row))]
    changed = [row for row in seen if not _CHANGED.isdisjoint(of(row))]
    unseen = [row for row in rows if _GOOD.isdisjoint(of(row))]
    held = [row for row in unseen if Outcome.HELD.value in of(row)]
    unreachable = [row for row in unseen if row not in held and of(row)]
    silent = [row for row in unseen if not of(row)]
    return Coverage(
        unchanged=len(seen) - len(changed),
        changed=len(changed),
        unreachable=_ids(unreachable),
        held=_ids(held),
        unchecked=_ids([row for row in silent if not row.paused]),
        paused=_ids([row for row in silent if row.paused]),
    )


def _ids(rows: Sequence[SourceRow]) -> tuple[str, ...]:
    return tuple(row.id for row in rows)


def _listed(idents: Sequence[str]) -> str:
    more = len(idents) - NAMED
    return ", ".join(idents[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _moment(at: datetime, runtime: Runtime) -> str:
    return f"{at.astimezone(runtime.settings.zone):%Y-%m-%d %H:%M %Z}"
