"""Keeps the runs of clauses in step with the observations; every question about words over time rests on them."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from tracker.compare.rules import rules_version
from tracker.history.steps import readings
from tracker.history.texts import load_document
from tracker.store.clause_runs import plan_runs, stale_runs, write_runs
from tracker.store.database import Database, chunked
from tracker.store.tables import ClauseText
from tracker.words import Topic

#: Tries to write runs that others overtake; who comes after them finds the rest and goes on.
TRIES = 5


def refresh_runs(database: Database, source_key: int) -> bool:
    """Bring the runs of a source in step with its observations; return whether there was anything to write.

    What was appended since is added; what landed in the past makes all of them anew. May be interrupted anywhere.
    """
    rules = rules_version()
    for _ in range(TRIES):
        with database.read() as session:
            plan = plan_runs(session, source_key, rules, lambda *asked: _topics(session, *asked))
        if plan is None:
            return False
        with database.write() as session:
            if write_runs(session, plan, rules):
                return True
    return False


def refresh_stale_runs(database: Database) -> int:
    """Bring the runs of all sources in step; return how many had something to write."""
    with database.read() as session:
        stale = stale_runs(session, rules_version())
    return sum(refresh_runs(database, source_key) for source_key in stale)


def _topics(session: Session, version_id: int, clause_ids: Iterable[int]) -> dict[int, int]:
    """Return the topics of clauses of a version as masks, read in their place in it."""
    wanted: dict[str, int] = {}
    for part in chunked(list(clause_ids)):
        rows = session.exec(select(ClauseText.id, ClauseText.text).where(col(ClauseText.id).in_(part)))
        wanted.update((text, ident) for ident, text in rows if ident is not None)
    found: dict[int, int] = {}
    for passage in readings(load_document(session, version_id), wanted):
        ident = wanted.get(passage.clause.text)
        if ident is not None:
            found[ident] = found.get(ident, 0) | Topic.mask(passage.topics)
    return found
