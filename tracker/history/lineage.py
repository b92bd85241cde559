"""Every wording a clause ever had: followed back and forward through the changes that reworded, split or merged it."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from tracker.compare.model import ClauseChange, Verdict
from tracker.store.schema.tables import Change, ClauseRun
from tracker.store.texts.clause_texts import texts_of
from tracker.store.texts.clauses import changes_at, clause_order, runs_of
from tracker.words import ChangeKind, Topic

#: Wordings followed; a clause reworded more often than that is told of as far as it goes.
MOST_WORDINGS = 200

#: A stretch of a clause: its id and when it appeared.
Node = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a clause over one stretch of time."""

    clause_id: int
    text: str
    appeared_at: datetime
    unseen_at: datetime | None
    gone_at: datetime | None
    topics: tuple[Topic, ...]
    before: tuple[int, ...]  #: ids of the clauses it was made of; several where some were merged
    change_id: str | None  #: the change that brought it


@dataclass(frozen=True, slots=True)
class Link:
    """Clauses of one text that became clauses of the next, by a change."""

    before: tuple[int, ...]
    after: tuple[int, ...]


def links_of(
    changes: Iterable[ClauseChange], before: Sequence[int], after: Sequence[int], texts: Mapping[int, str]
) -> list[Link]:
    """Return how clauses became others by a verdict's clause changes.

    Args:
        changes: of the verdict.
        before: ids of the old version's clauses in reading order.
        after: ids of the new version's.
        texts: of all of them; a change whose places do not hold exactly its text links nothing, since clauses may have
            been cut by other rules when it was judged.

    """

    def named(places: Sequence[int], idents: Sequence[int], told: str) -> tuple[int, ...]:
        found = [idents[place] for place in places if 0 <= place < len(idents)]
        return tuple(dict.fromkeys(found)) if " ".join(texts[ident] for ident in found) == told else ()

    links = []
    for change in changes:
        if change.kind not in {ChangeKind.CHANGED, ChangeKind.MOVED}:
            continue
        old, new = named(change.before_at, before, change.before), named(change.after_at, after, change.after)
        if old and new and old != new:
            links.append(Link(old, new))
    return links


def lineage(session: Session, source_key: int, clause_id: int) -> list[Wording]:
    """Return the wordings of a clause of a source, in the order they appeared; empty where the source never had it."""
    history = _History(session, source_key)
    waiting: deque[ClauseRun] = deque(runs_of(session, clause_id, source_key))
    seen: dict[Node, ClauseRun] = {}
    made_of: dict[Node, tuple[tuple[int, ...], str]] = {}
    while waiting and len(seen) < MOST_WORDINGS:
        run = waiting.popleft()
        node = run.clause_id, run.appeared_at
        if node in seen:
            continue
        seen[node] = run
        came = history.came(run)
        if came is not None:
            made_of[node] = came
            waiting.extend(other for ident in came[0] if (other := history.run_until(ident, run.appeared_at)))
        waiting.extend(history.became(run))
    texts = texts_of(session, {ident for ident, _ in seen})
    found = [_wording(run, texts[run.clause_id], *made_of.get(node, ((), None))) for node, run in seen.items()]
    return sorted(found, key=lambda wording: (wording.appeared_at, wording.clause_id))


def _wording(run: ClauseRun, text: str, before: tuple[int, ...], change: str | None) -> Wording:
    topics = Topic.in_mask(run.topics)
    return Wording(run.clause_id, text, run.appeared_at, run.unseen_at, run.gone_at, topics, before, change)


class _History:
    """Reads the changes of a source as they are needed, each once."""

    def __init__(self, session: Session, source_key: int) -> None:
        self._session = session
        self._source_key = source_key
        self._links: dict[datetime, tuple[str, list[Link]] | None] = {}

    def came(self, run: ClauseRun) -> tuple[tuple[int, ...], str] | None:
        """Return of which clauses a run's was made, and the change that did it; the change alone where it was new."""
        if run.unseen_at is None:
            return None
        step = self._step(run.appeared_at)
        if step is None:
            return None
        change, links = step
        return next((link.before for link in links if run.clause_id in link.after), ()), change

    def became(self, run: ClauseRun) -> list[ClauseRun]:
        """Return the runs of the clauses that a run's became when it was gone."""
        step = self._step(run.gone_at) if run.gone_at is not None else None
        if step is None or run.gone_at is None:
            return []
        idents = next((link.after for link in step[1] if run.clause_id in link.before), ())
        return [
            other
            for ident in idents
            for other in runs_of(self._session, ident, self._source_key)
            if other.appeared_at <= run.gone_at and (other.gone_at is None or other.gone_at > run.gone_at)
        ]

    def run_until(self, clause_id: int, moment: datetime) -> ClauseRun | None:
        """Return the run of a clause that stood just before a time."""
        past = [run for run in runs_of(self._session, clause_id, self._source_key) if run.appeared_at < moment]
        return past[-1] if past else None

    def _step(self, moment: datetime) -> tuple[str, list[Link]] | None:
        if moment not in self._links:
            changes = changes_at(self._session, self._source_key, [moment])
            self._links[moment] = (changes[0].id, self._read(changes[0])) if changes else None
        return self._links[moment]

    def _read(self, change: Change) -> list[Link]:
        before = clause_order(self._session, change.before_version_id)
        after = clause_order(self._session, change.after_version_id)
        texts = texts_of(self._session, [*before, *after])
        return links_of(Verdict.from_json(change.verdict).changes, before, after, texts)
