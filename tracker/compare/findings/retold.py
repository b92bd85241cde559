"""Sentences that became rows of a table, or rows that became sentences: the same name, place, task and data.

A row has no verbs, so that its facts are others than those of the sentence it took the place of. What it names is held
against what the sentences name that speak of its first cell.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from tracker.compare.findings.plain import plain
from tracker.compare.findings.regions import lower
from tracker.compare.findings.tables import Line, rows_of
from tracker.compare.model import BlockKind, Clause, Document, Pair
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import active
from tracker.compare.vocabulary.stems import content_stems

_FOLLOWS = re.compile(r"\W*(?:it|its|they|their|this|these)\b")  #: how a sentence goes on about the one in front
_NOUNS = ("data_types", "recipients", "safeguards", "regions")
_MISSING = 0.2  #: of a row's words that its sentences may say otherwise
_BESIDE = 0.5  #: of the words of its sentences that a row may leave out: verbs, mostly
_FEWEST_CELLS = 3  #: a row of two is a term and its explanation


def _denies(text: str) -> bool:
    words = set(re.findall(r"[\w']+", text.lower().replace("’", "'")))
    return not words.isdisjoint(active().table("word_lists.toml")["denying"])


def _names_the_same(one: str, other: str) -> bool:
    """Say whether whatever data, recipients, safeguards and places one text names are named in the other one."""
    words, lowered, stems = lexicon(), lower(one), content_stems(other)
    for noun in _NOUNS:
        theirs = {item.name for item in getattr(words, noun).mentions(lower(other))}
        for item in getattr(words, noun).mentions(lowered):
            named = content_stems(lowered[item.start : item.end])  # "crash reports" are told of as "crashes" too
            if item.name not in theirs and 2 * len(named & stems) < max(1, len(named)):
                return False
    return True


def _is_told(line: Line, said: str) -> bool:
    """Say whether some sentences name what a row does, no more and no less."""
    row, labels = " , ".join(line.cells.values()), " ".join(line.cells)
    mine, theirs = content_stems(row), content_stems(said)
    return (
        len(mine - theirs) <= _MISSING * len(mine)
        and len(theirs - mine - content_stems(labels)) <= _BESIDE * len(theirs)
        and _denies(row) == _denies(said)
        and sorted(plain(row).values) == sorted(plain(said).values)
        and _names_the_same(row, said)
        and _names_the_same(said, row)
    )


class Retold:
    """The rows of one comparison that stand as sentences in the other text, asked pair by pair."""

    def __init__(self, before: Document, after: Document, pairs: Sequence[Pair]) -> None:
        self._documents = (before, after)
        differing = [pair for pair in pairs if pair.kind is not None]
        self._changed = tuple(
            frozenset(at for pair in differing for at in (pair.before, pair.after)[side]) for side in (0, 1)
        )

    def is_same(self, pair: Pair) -> bool:
        """Say whether a pair holds nothing but rows and the sentences that say the same."""
        old, new = self._told
        return old.issuperset(pair.before) and new.issuperset(pair.after)

    @cached_property
    def _told(self) -> tuple[frozenset[int], frozenset[int]]:
        found: tuple[set[int], set[int]] = (set(), set())
        for side in (0, 1):
            rows = rows_of(self._documents[side])
            told = {}
            for at, line in rows.items():
                if at in self._changed[side] and len(line.cells) >= _FEWEST_CELLS:
                    said = self._about(line, 1 - side)
                    clauses = self._documents[1 - side].clauses
                    if said and _is_told(line, " ".join(clauses[one].text for one in said)):
                        told[at] = said
            found[side].update(told, self._headers(side, rows.keys(), told.keys()))
            found[1 - side].update(one for said in told.values() for one in said)
        return frozenset(found[0]), frozenset(found[1])

    def _about(self, line: Line, side: int) -> list[int]:
        """Return the sentences that changed and name a row, each with those that go on about it."""
        clauses, name = self._documents[side].clauses, re.compile(rf"(?<!\w){re.escape(line.name)}(?!\w)")
        found: list[int] = []
        for at in sorted(self._changed[side]):
            clause = clauses[at]
            if clause.kind in {BlockKind.ROW, BlockKind.HEADING}:
                continue
            goes_on = bool(found) and found[-1] == at - 1 and clause.block == clauses[at - 1].block
            if name.search(clause.text) or (goes_on and _FOLLOWS.match(clause.text.lower())):
                found.append(at)
        return found

    def _headers(self, side: int, rows: Collection[int], told: Collection[int]) -> Iterator[int]:
        """Yield the headers of tables of which each row is told."""
        clauses = self._documents[side].clauses
        for at in self._changed[side]:
            clause = clauses[at]
            if clause.kind is BlockKind.ROW and at not in rows and at + 1 in told and _heads(clause, clauses[at + 1]):
                yield at


def _heads(clause: Clause, row: Clause) -> bool:
    return len(clause.cells) == len(row.cells) and (not row.header or row.header == clause.cells)
