"""From a labelled row to aligned documents: a plain reader of recorded Markdown, a plain cutter and a plain aligner.

The scorer is trained on what they give. They are simple on purpose: what is learned must not hang on how clauses are
cut.
"""

import re
from collections import defaultdict
from typing import Any

from rapidfuzz.fuzz import ratio

from tests.quality.dataset import Row, row_of
from tests.quality.train_topics import plain
from tracker.compare.model import BlockKind, Clause, Document, Pair
from tracker.words import ChangeKind

SIMILAR = 55.0  #: out of 100; below it two clauses are not the same clause changed
MAX_CANDIDATES = 400_000  #: pairs of left-over clauses that are compared; beyond it a text was replaced
_ATX = re.compile(r"^\s*(#{1,6})\s+(.*)$")
_UNDERLINE = re.compile(r"^\s*(?:=+|-{3,})\s*$")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+(.*)$")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")


class _Cutter:
    """Collects clauses line by line."""

    def __init__(self) -> None:
        self.clauses: list[Clause] = []
        self._lines: list[str] = []
        self._section: tuple[str, ...] = ()
        self._lead_in = ""
        self._block = 0

    def add(self, text: str, kind: BlockKind, level: int = 0) -> None:
        """Take one clause that is a block of its own."""
        if not text.strip(" -"):
            return
        if kind is BlockKind.HEADING:
            self._section = (text,)
        key = " ".join(re.findall(r"\w+", text.lower()))
        lead_in = self._lead_in[-300:] if kind is BlockKind.ITEM else ""
        section = () if kind is BlockKind.HEADING else self._section
        self.clauses.append(Clause(text, key, kind, level, block=self._block, section=section, lead_in=lead_in))
        self._block += 1

    def flush(self) -> None:
        """End the paragraph that is being read."""
        text = plain(" ".join(self._lines))
        self._lines = []
        if text:
            for sentence in _SENTENCE.split(text):
                self.add(sentence, BlockKind.PARAGRAPH)
            self._lead_in = text if text.endswith(":") else ""

    def line(self, line: str) -> None:
        """Read one line."""
        if _UNDERLINE.match(line) and self._lines:
            text, self._lines = plain(" ".join(self._lines)), []
            self.add(text, BlockKind.HEADING, 1)
        elif heading := _ATX.match(line):
            self.flush()
            self._lead_in = ""
            self.add(plain(heading.group(2)), BlockKind.HEADING, len(heading.group(1)))
        elif item := _ITEM.match(line):
            self.flush()
            self.add(plain(item.group(1)), BlockKind.ITEM, 1)
        elif line.startswith("|"):
            self.flush()
            self.add(plain(line.replace("|", " ")), BlockKind.ROW)
        elif line.strip():
            self._lines.append(line)
        else:
            self.flush()


def read(markdown: str) -> Document:
    """Return recorded Markdown cut into clauses."""
    cutter = _Cutter()
    for line in markdown.split("\n"):
        cutter.line(line)
    cutter.flush()
    return Document(tuple(cutter.clauses))


def pair_up(before: Document, after: Document) -> tuple[Pair, ...]:
    """Align two documents: equal keys first, then the most similar of the rest, then what is left over."""
    by_key: dict[str, list[int]] = defaultdict(list)
    for index, clause in enumerate(before.clauses):
        by_key[clause.key].append(index)
    pairs: list[Pair] = []
    new: list[int] = []
    for index, clause in enumerate(after.clauses):
        if by_key.get(clause.key):
            old_index = by_key[clause.key].pop(0)
            same = before.clauses[old_index].text == clause.text
            pairs.append(Pair(None if same else ChangeKind.CHANGED, (old_index,), (index,)))
        else:
            new.append(index)
    old = sorted(index for indices in by_key.values() for index in indices)
    if len(old) * len(new) <= MAX_CANDIDATES:
        ranked = sorted(
            (-score, i, j)
            for i in old
            for j in new
            if (score := ratio(before.clauses[i].key, after.clauses[j].key, score_cutoff=SIMILAR))
        )
        for _, i, j in ranked:
            if i in old and j in new:
                old.remove(i)
                new.remove(j)
                pairs.append(Pair(ChangeKind.CHANGED, (i,), (j,)))
    pairs += [Pair(ChangeKind.REMOVED, (i,), ()) for i in old]
    pairs += [Pair(ChangeKind.ADDED, (), (j,)) for j in new]
    return tuple(pairs)


def labelled_row(data: dict[str, Any]) -> Row:
    """Return a labelled row with the features of the pairs that are not identical."""
    before, after = read(data["before"]), read(data["after"])
    return row_of(data, before, after, pair_up(before, after))
