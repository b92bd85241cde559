"""Keeps the runs of clauses in step with the observations; every question about words over time rests on them."""

from collections.abc import Collection, Iterable, Mapping

from sqlmodel import Session, col, select

from tracker.compare.model import Document
from tracker.compare.rules import rules_version
from tracker.history.steps import readings
from tracker.history.texts import load_document
from tracker.store.database import Database, chunked
from tracker.store.history.clause_runs import plan_runs, stale_runs, write_runs
from tracker.store.schema.tables import ClauseText
from tracker.store.texts.clause_texts import texts_of
from tracker.words import Topic

#: Tries to write runs that others overtake; who comes after them finds the rest and goes on.
TRIES = 5

#: Clauses whose topics are remembered until the runs of their source are written; about 20 MB.
MOST_REMEMBERED = 100_000


class KnownTopics:
    """What clauses speak of in the versions that showed them first, as whoever compared these versions read it.

    What does not fit in is not remembered: then the version is read again.
    """

    def __init__(self) -> None:
        self._masks: dict[int, dict[str, int]] = {}
        self._left = MOST_REMEMBERED

    def add(self, version_id: int, masks: Mapping[str, int]) -> None:
        """Remember topics as masks by the SHA-256 of the clauses' texts."""
        if len(masks) <= self._left:
            known = self._masks.setdefault(version_id, {})
            self._left += len(known)
            known.update(masks)
            self._left -= len(known)

    def of(self, version_id: int) -> Mapping[str, int]:
        """Return the masks of clauses of a version, as far as they are known."""
        return self._masks.get(version_id, {})

    def forget(self, version_ids: Iterable[int]) -> None:
        """Forget versions whose runs are written."""
        for version_id in version_ids:
            self._left += len(self._masks.pop(version_id, ()))


def topic_masks(document: Document, texts: Collection[str]) -> dict[str, int]:
    """Return what clauses with some texts speak of in their place in a document, as masks by these texts."""
    found = dict.fromkeys(texts, 0)
    for passage in readings(document, texts):
        found[passage.clause.text] |= Topic.mask(passage.topics)
    return found


def refresh_runs(database: Database, source_key: int, known: KnownTopics | None = None) -> bool:
    """Bring the runs of a source in step with its observations; return whether there was anything to write.

    What was appended since is added; what landed in the past makes all of them anew. May be interrupted anywhere.
    Versions whose topics are known need not be read for them.
    """
    rules = rules_version()
    known = known or KnownTopics()
    for _ in range(TRIES):
        with database.read() as session:
            plan = plan_runs(session, source_key, rules, lambda *asked: _topics(session, known, *asked))
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


def _topics(session: Session, known: KnownTopics, version_id: int, clause_ids: Collection[int]) -> dict[int, int]:
    """Return the topics of clauses of a version as masks, read in their place in it."""
    hashes: dict[int, str] = {}
    masks = known.of(version_id)
    for part in chunked(list(clause_ids)) if masks else ():
        query = select(ClauseText.id, ClauseText.sha256).where(col(ClauseText.id).in_(part))
        hashes.update((ident, sha256) for ident, sha256 in session.exec(query) if ident is not None)
    found = {ident: masks[sha256] for ident, sha256 in hashes.items() if sha256 in masks}
    unknown = [ident for ident in clause_ids if ident not in found]
    return found | (_topics_read(session, version_id, unknown) if unknown else {})


def _topics_read(session: Session, version_id: int, clause_ids: Collection[int]) -> dict[int, int]:
    """Return the topics of clauses of a version as masks, by reading the version."""
    texts = {words: ident for ident, words in texts_of(session, clause_ids).items()}
    masks = topic_masks(load_document(session, version_id), texts)
    return {texts[text]: mask for text, mask in masks.items()}
