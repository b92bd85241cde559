"""One report on all sources that were added together, instead of a message for each: what was recorded, what was not.

A report is due once every new source was checked, or a day after the first of them. It goes to the routes that reach
any of them, else to operators, never to readers who subscribed. A few sources make none: whoever adds those looks at
them anyway.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from tracker.alerts.notices import ONBOARDING, Telling, address, enter_notice
from tracker.alerts.routing import operator_routes
from tracker.counting import counted
from tracker.daemon.runtime import Runtime
from tracker.store.schema.tables import SourceRow
from tracker.store.work.onboarding import first_check, first_steps, held_reasons, last_told, newcomers
from tracker.words import Severity

#: Sources that make a report, and how long a source counts as new.
FEWEST = 3
NEW = timedelta(hours=48)
#: A report waits no longer than so for sources that were not checked yet.
PATIENCE = timedelta(hours=24)
#: Sources named in one line of a message; the command names all.
_NAMED = 12


@dataclass(frozen=True, slots=True)
class Onboarding:
    """How the first checks of new sources went; everywhere ids, in order."""

    recorded: tuple[str, ...]
    held: Mapping[str, tuple[str, ...]]  #: by the guard's reason: the text may not be the document
    failing: Mapping[str, tuple[str, ...]]  #: by kind of failure
    waiting: tuple[str, ...]  #: not checked yet
    differing: Mapping[str, str]  #: what changed materially since the last archived or imported text, in one sentence

    @property
    def total(self) -> int:
        """Return how many sources are new."""
        others = (*self.held.values(), *self.failing.values())
        return len(self.recorded) + len(self.waiting) + sum(map(len, others))

    @property
    def title(self) -> str:
        """Return the report in one line."""
        told = (
            (len(self.recorded), "recorded"),
            (sum(map(len, self.held.values())), "held back"),
            (sum(map(len, self.failing.values())), "failing"),
            (len(self.waiting), "not checked yet"),
        )
        return f"{counted(self.total, 'new source')}: " + ", ".join(
            f"{number} {word}" for number, word in told if number
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """Return what a person should look at."""
        found = [f"Held back ({reason}): {_named(ids)}" for reason, ids in self.held.items()]
        found += [f"Failing ({kind}): {_named(ids)}" for kind, ids in self.failing.items()]
        found += [f"Not checked yet: {_named(self.waiting)}"] if self.waiting else []
        found += [f"Changed since its archived text: {ident}: {said}" for ident, said in self.differing.items()][
            :_NAMED
        ]
        if found:
            found.append("A source by itself: tracker sources test SOURCE. All of them: tracker sources report")
        return tuple(found) or ("All of them were recorded.",)


def onboarding(session: Session, since: datetime) -> Onboarding:
    """Return how the first checks went of the sources that are new since a time."""
    return _summed(session, newcomers(session, since))


def onboarding_due(session: Session, now: datetime) -> tuple[Telling, frozenset[str]] | None:
    """Return the report to be sent now and the ids of the sources it is about, None where none is due."""
    told = last_told(session, ONBOARDING)
    since = max(filter(None, (told, now - NEW)))
    rows = newcomers(session, since)
    first = first_check(session, [row.key for row in rows if row.key is not None])
    if len(rows) < FEWEST or first is None:
        return None
    if now - first < PATIENCE and any(row.last_checked_at is None for row in rows):
        return None
    report = _summed(session, rows)
    keys = hashlib.sha256(",".join(str(row.key) for row in rows).encode()).hexdigest()[:16]
    telling = Telling(f"onboarding:{keys}", ONBOARDING, report.title, report.lines, Severity.LOW)
    return telling, frozenset(row.id for row in rows)


def tell_onboarding(runtime: Runtime) -> bool:
    """Enter the report on new sources where one is due; return whether it is new."""
    now = runtime.clock.now()
    with runtime.database.read() as session:
        due = onboarding_due(session, now)
    if due is None:
        return False
    telling, ids = due
    sources = [source for source in runtime.sources_file.sources if source.id in ids]
    every = runtime.routes
    routes = [route for route in every if not route.subscription and any(map(route.reaches, sources))]
    routes = routes or operator_routes(every)
    with runtime.database.write() as session:
        notice = enter_notice(session, None, telling, now)
        if notice is None:
            return False
        address(session, notice, telling.key, [(route, route.urls) for route in routes], now, runtime.settings)
        return True


def _summed(session: Session, rows: Iterable[SourceRow]) -> Onboarding:
    by_key = {row.key: row for row in rows if row.key is not None}
    reasons = held_reasons(session, by_key)
    steps = first_steps(session, by_key)
    recorded, waiting = [], []
    held: dict[str, list[str]] = {}
    failing: dict[str, list[str]] = {}
    for key, row in by_key.items():
        if row.last_checked_at is None:
            waiting.append(row.id)
        elif key in reasons:
            held.setdefault(reasons[key], []).append(row.id)
        elif row.failures or row.onboarded_at is None:
            failing.setdefault(row.last_failure or "unknown", []).append(row.id)
        else:
            recorded.append(row.id)
    return Onboarding(
        recorded=tuple(recorded),
        held=_most_first(held),
        failing=_most_first(failing),
        waiting=tuple(waiting),
        differing={by_key[key].id: change.summary for key, change in steps.items()},
    )


def _most_first(found: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(found[name]) for name in sorted(found, key=lambda name: (-len(found[name]), name))}


def _named(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"{len(ids)}: {', '.join(ids[:_NAMED])}{more}"
