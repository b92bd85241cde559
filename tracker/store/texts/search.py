"""Searches the words of all clauses of all versions.

On SQLite by FTS5, on PostgreSQL by a text search index. Languages that set no spaces between words are searched letter
by letter. What a user types never becomes part of a query as it is: it is read into terms first.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    any_,
    cast,
    column,
    func,
    literal_column,
    table,
)
from sqlalchemy import select as select_core
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, and_, col, not_, or_, select

from tracker.errors import UsageError
from tracker.store.schema.accents import fold
from tracker.store.schema.ddl import POSTGRES_TEXT, POSTGRES_WORDS
from tracker.store.schema.tables import ClauseRun, ClauseText, SourceRow
from tracker.store.texts.clause_packs import is_packed, texts_downwards
from tracker.store.texts.clause_texts import texts_of

_TERM = re.compile(r'(?P<minus>-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_WORD = re.compile(r"\w[\w\u0300-\u036f]*")  # an accent may be a character of its own

#: Scripts that set no spaces between words: Thai, Lao, Myanmar, Khmer, kana, ideographs. Hangul sets them.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")

#: The index of SQLite.
_INDEX = table("clause_fts", column("rowid", Integer))

#: The text of a clause on PostgreSQL, without accents.
_TEXT = literal_column(POSTGRES_TEXT, String)

#: Ids that PostgreSQL looks through first, and how much more at most each time after that.
_FIRST_RANGE = 500
_WIDER = 64

#: Words are common that one in so many clauses says.
_COMMON = 100

#: Clauses that stood where and when they should that are looked at first, where a search is narrowed.
_FIRST_CANDIDATES = 1_000

#: Stretches told of one clause; one that every policy has stands in all of them.
MOST_STRETCHES = 20

#: Characters of a question; who pastes more wants a comparison.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase that is looked for, or must not be there."""

    words: tuple[str, ...]  #: in lower case
    prefix: bool = False  #: the last word may go on
    denied: bool = False

    @property
    def is_unspaced(self) -> bool:
        """Return whether it is of a script that sets no spaces."""
        return any(_UNSPACED.search(word) for word in self.words)


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause that says what was looked for, with where and when it stood."""

    clause_id: int
    text: str
    stood: tuple[tuple[ClauseRun, SourceRow], ...]  #: the latest first
    more: int  #: stretches beyond those


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for, as every way of finding it needs it."""

    groups: list[tuple[Term, ...]]  #: see `terms_of`
    where: Collection[ColumnElement[bool]]  #: what stretches have to fit
    before_id: int | None  #: only clauses of lower ids
    limit: int


def terms_of(question: str) -> list[tuple[Term, ...]]:
    """Return what a question asks for: all of the groups, of each group any term.

    Words are sought together; `"..."` holds a phrase, `word*` a beginning, `-word` what must not be there, `OR` stands
    between what may take each other's place. Accents make no difference.

    Raises:
        UsageError: nothing to look for is left, or it is too long.

    """
    if len(question) > LONGEST:
        raise UsageError(f"a search takes at most {LONGEST} characters; compare texts with `tracker compare`")
    groups: list[list[Term]] = []
    joined = False
    for match in _TERM.finditer(question):
        if match["word"] == "OR" and not match["minus"]:
            joined = bool(groups)
            continue
        said = match["phrase"] if match["phrase"] is not None else match["word"]
        words = tuple(_WORD.findall(unicodedata.normalize("NFC", said.lower())))
        if not words:
            continue
        term = Term(words, bool(match["word"]) and said.endswith("*"), bool(match["minus"]))
        if joined and not term.denied and not groups[-1][0].denied:
            groups[-1].append(term)
        else:
            groups.append([term])
        joined = False
    if not any(not group[0].denied for group in groups):
        raise UsageError(
            'nothing to search for; write words, "a phrase", beginnings* and -words that must not be there'
        )
    return [tuple(group) for group in groups]


def search(
    session: Session,
    question: str,
    *,
    source_keys: Collection[int] | None = None,
    topics: int = 0,
    since: datetime | None = None,
    until: datetime | None = None,
    standing: bool | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Hit]:
    """Return the clauses that say what a question asks for, those that came into the store last first.

    Args:
        session: of a reader.
        question: see `terms_of`.
        source_keys: only where these sources say it.
        topics: a mask; where it speaks of any of these, if it is not 0.
        since: where it stood then or later.
        until: where it stood then or earlier.
        standing: only where it stands now (True), or stands no more (False).
        before_id: only clauses of lower ids than this one, for reading page by page.
        limit: how many at most.

    Raises:
        UsageError: the question asks for nothing.

    """
    where = _conditions(source_keys, topics, since, until, standing)
    idents = _matching(session, _Wanted(terms_of(question), where, before_id, limit))
    stood: dict[int, list[tuple[ClauseRun, SourceRow]]] = {ident: [] for ident in idents}
    clause_id = col(ClauseRun.clause_id)
    place = func.row_number().over(
        partition_by=clause_id, order_by=(col(ClauseRun.appeared_at).desc(), col(ClauseRun.id).desc())
    )
    ranked = select_core(col(ClauseRun.id).label("id"), place.label("place"))
    latest = ranked.where(clause_id.in_(idents), *where).subquery()
    query = (
        select(ClauseRun, SourceRow)
        .join(latest, latest.c.id == col(ClauseRun.id))
        .join(SourceRow, col(SourceRow.key) == col(ClauseRun.source_key))
        .where(latest.c.place <= MOST_STRETCHES)
    )
    for run, source in session.exec(query.order_by(clause_id, latest.c.place)):
        stood[run.clause_id].append((run, source))
    counted = select_core(clause_id, func.count()).where(clause_id.in_(idents), *where).group_by(clause_id)
    counts = {ident: int(count) for ident, count in session.execute(counted)}
    texts = texts_of(session, idents)
    return [
        Hit(ident, texts[ident], tuple(stood[ident]), max(0, counts[ident] - len(stood[ident]))) for ident in idents
    ]


def _conditions(
    source_keys: Collection[int] | None,
    topics: int,
    since: datetime | None,
    until: datetime | None,
    standing: bool | None,
) -> list[ColumnElement[bool]]:
    """Return what stretches have to fit."""
    found: list[ColumnElement[bool]] = []
    gone = col(ClauseRun.gone_at)
    if source_keys is not None:
        found.append(col(ClauseRun.source_key).in_(source_keys))
    if topics:
        found.append(col(ClauseRun.topics).op("&")(topics) != 0)
    if since is not None:
        found.append(or_(gone.is_(None), gone > since))
    if until is not None:
        found.append(col(ClauseRun.appeared_at) <= until)
    if standing is not None:
        found.append(gone.is_(None) if standing else gone.is_not(None))
    return found


def _matching(session: Session, wanted: _Wanted) -> list[int]:
    """Return the ids of the clauses that fit, the highest first."""
    clause_id: ColumnElement[Any] = literal_column("clause.id", Integer)
    unspaced = any(term.is_unspaced for group in wanted.groups for term in group)
    if unspaced and is_packed(session):
        return _matching_letters(session, wanted)
    if unspaced:
        query = select_core(clause_id).select_from(ClauseText).where(_by_letters(wanted.groups))
    elif session.get_bind().dialect.name == "sqlite":
        # The index yields ids in their order, so nothing is sorted.
        clause_id = _INDEX.c.rowid
        query = select_core(clause_id).where(literal_column("clause_fts").op("match")(_for_sqlite(wanted.groups)))
    else:
        return _matching_postgres(session, wanted)
    if wanted.before_id is not None:
        query = query.where(clause_id < wanted.before_id)
    return list(session.execute(_standing(query, clause_id, wanted.where, wanted.limit)).scalars())


def _matching_postgres(session: Session, wanted: _Wanted) -> list[int]:
    """Return the ids of the clauses that fit, the highest first.

    The index knows no order, and told to stop early the planner would rather read the words of clause after clause. So
    ranges of ids are looked through. Common words fill the first ones; for rare words the index is asked for all, and
    the planner is kept from walking by having the clauses that say them found first. Where a search for common words is
    narrowed, what stood where and when it should is found before its words are read.
    """
    groups, where, before_id, limit = wanted.groups, wanted.where, wanted.before_id, wanted.limit
    # A plan made once for all words and ranges, as for statements that come often, would walk through clauses.
    session.execute(select_core(func.set_config("plan_cache_mode", "force_custom_plan", True)))
    says = literal_column(POSTGRES_WORDS).op("@@")(func.to_tsquery("simple", _for_postgres(groups)))
    start = before_id if before_id is not None else 1 + (session.exec(select(func.max(col(ClauseText.id)))).one() or 0)
    top, width = max(start - _FIRST_RANGE, 0), _FIRST_RANGE
    said = _said(says, top, start)
    rows = session.execute(select_core(said.c.id, _stood(said.c.id, where)).order_by(said.c.id.desc())).all()
    found = [row[0] for row in rows if row[1]][:limit]
    if where and len(rows) * _COMMON >= width:
        return found + _among_those_that_stood(session, groups, says, where, top, limit - len(found))
    while top > 0 and len(found) < limit:
        # Some more than are likely to hold the rest, if any were found.
        likely = 2 * (limit - len(found)) * (start - top) // len(found) if found else width * _WIDER
        width = min(max(likely, _FIRST_RANGE), width * _WIDER)
        bottom = max(top - width, 0)
        said = _said(says, bottom, top)
        found += session.execute(_standing(select_core(said.c.id), said.c.id, where, limit - len(found))).scalars()
        top = bottom
    return found


def _said(says: ColumnElement[bool], bottom: int, top: int) -> CTE:
    """Return the clauses of a range of ids that say something, found by themselves."""
    clauses = select_core(literal_column("clause.id", Integer).label("id")).select_from(ClauseText)
    ident = col(ClauseText.id)
    return clauses.where(says, ident >= bottom, ident < top).cte("said").prefix_with("materialized")


def _among_those_that_stood(
    session: Session,
    groups: list[tuple[Term, ...]],
    says: ColumnElement[bool],
    where: Collection[ColumnElement[bool]],
    top: int,
    limit: int,
) -> list[int]:
    """Return the ids below `top` of clauses that stood where and when they should and fit, the highest first."""
    found: list[int] = []
    count = _FIRST_CANDIDATES
    ident = col(ClauseText.id)
    # Finding letters costs a tenth of reading words. Of other letters it is not sure that both see the same ones.
    words = {fold(word) for group in groups if len(group) == 1 and not group[0].denied for word in group[0].words}
    spelled = [_TEXT.ilike(f"%{word}%") for word in words if word.isascii() and word.isalnum()]
    stood = select_core(col(ClauseRun.clause_id)).where(*where).distinct().order_by(col(ClauseRun.clause_id).desc())
    while len(found) < limit:
        part = session.execute(stood.where(col(ClauseRun.clause_id) < top).limit(count)).scalars().all()
        if not part:
            break
        fitting = (
            select_core(ident)
            .where(ident == any_(cast(part, ARRAY(BigInteger))), *spelled, says)
            .order_by(ident.desc())
        )
        found += session.execute(fitting.limit(limit - len(found))).scalars()
        top, count = part[-1], count * 4
    return found


def _standing(
    query: Select[Any], clause_id: ColumnElement[Any], where: Collection[ColumnElement[bool]], limit: int
) -> Select[Any]:
    """Return a query for clauses narrowed to those that stood where and when they should, the highest ids first."""
    return query.where(_stood(clause_id, where)).order_by(clause_id.desc()).limit(limit)


def _stood(clause_id: ColumnElement[Any], where: Collection[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Return the condition that a clause stood where and when it should."""
    return select_core(col(ClauseRun.id)).where(col(ClauseRun.clause_id) == clause_id, *where).exists()


def _for_sqlite(groups: list[tuple[Term, ...]]) -> str:
    """Return the question in the language of FTS5; every term is quoted."""

    def told(term: Term) -> str:
        return f'"{" ".join(term.words)}"{"*" if term.prefix else ""}'

    wanted = [f"({' OR '.join(map(told, group))})" for group in groups if not group[0].denied]
    denied = [told(term) for group in groups for term in group if term.denied]
    asked = " AND ".join(wanted)
    return f"({asked}) NOT ({' OR '.join(denied)})" if denied else asked


def _for_postgres(groups: list[tuple[Term, ...]]) -> str:
    """Return the question in the language of `to_tsquery`; terms hold nothing but letters and digits."""

    def told(term: Term) -> str:
        words = [f"'{fold(word)}'" for word in term.words]
        phrase = " <-> ".join([*words[:-1], words[-1] + (":*" if term.prefix else "")])
        return f"{'!' if term.denied else ''}({phrase})"

    return " & ".join(f"({' | '.join(map(told, group))})" for group in groups)


def _matching_letters(session: Session, wanted: _Wanted) -> list[int]:
    """Return the ids of the clauses that hold terms letter by letter, the highest first; read pack by pack."""

    def says(words: str) -> bool:
        said = fold(words.lower())
        return all(
            any((fold(" ".join(term.words)) in said) is not term.denied for term in group) for group in wanted.groups
        )

    found: list[int] = []
    saying = (ident for ident, words in texts_downwards(session, wanted.before_id) if says(words))
    clause_id: ColumnElement[Any] = literal_column("clause.id", Integer)
    while part := list(islice(saying, _FIRST_CANDIDATES)):
        query = select_core(clause_id).select_from(ClauseText).where(clause_id.in_(part))
        found += session.execute(_standing(query, clause_id, wanted.where, wanted.limit - len(found))).scalars()
        if len(found) >= wanted.limit:
            break
    return found


def _by_letters(groups: list[tuple[Term, ...]]) -> ColumnElement[bool]:
    """Return the condition that finds terms letter by letter."""

    def found(term: Term) -> ColumnElement[bool]:
        said = func.lower(_TEXT).contains(fold(" ".join(term.words)), autoescape=True)
        return not_(said) if term.denied else said

    return and_(*(or_(*map(found, group)) for group in groups))
