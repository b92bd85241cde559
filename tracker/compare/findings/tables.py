"""Tables and lists of names, compared as sets: what came, what went, what a cell says now under its header."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tracker.compare.facts.periods import periods
from tracker.compare.findings.amounts import amount_changes
from tracker.compare.findings.finding import Finding
from tracker.compare.findings.limits import time_changes
from tracker.compare.findings.regions import regions_in, told
from tracker.compare.model import BlockKind, Clause, Document, Pair
from tracker.compare.text.remembered import per_document
from tracker.compare.vocabulary.cues import Cue, any_match, compile_cues
from tracker.compare.vocabulary.lexicon import Noun, lexicon
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

_WEAKER, _STRONGER, _NEUTRAL = Direction.WEAKER, Direction.STRONGER, Direction.NEUTRAL
_WORD = re.compile(r"\w+")
_ITEM_NAME = re.compile(r"\W*(?P<name>[A-Z0-9][^(:;,–—|•·]{1,60}?)\s*(?:[(:;,–—|•·]|\s-\s|$)")
_LABELS = frozenset({"name", "purpose", "basis", "duration", "place", "contact"})
_LONGEST = 4000  #: characters of a cell that are read
_NO_SUBSTANCE = frozenset({"", "contact"})  #: what columns hold that say nothing about data or people
_MOST_TOLD = 60  #: characters of a name that a sentence shows
_IN_SETS = frozenset({BlockKind.ROW, BlockKind.ITEM})
_MOST_NAME, _MOST_ITEM = 5, 25  #: words of a name that opens a list item, and of the whole item
_MOST_SHOWN = 8  #: names a sentence lists
#: What a column holds that the lexicon reads, and the noun it is read with.
_NOUNS = {"purpose": "purposes", "data": "data_types", "recipient": "recipients"}
_TOPICS = {
    "purpose": (Topic.FIRST_PARTY_USE,),
    "data": (Topic.FIRST_PARTY_COLLECTION,),
    "recipient": (Topic.THIRD_PARTY_SHARING,),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a table or list is of."""

    name: str
    title: str
    added: Direction
    topics: tuple[Topic, ...]
    lists: bool
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row or list item: what it is of, and its cells by their headers."""

    kind: Kind
    name: str  #: as displayed
    key: str  #: as compared
    cells: Mapping[str, str]
    text: str


@cached(1)
def _kinds() -> tuple[Kind, ...]:
    return tuple(
        Kind(
            name,
            table["title"],
            Direction(table["added"]),
            tuple(map(Topic, table["topics"])),
            table["lists"],
            compile_cues(table["forms"]),
        )
        for name, table in active().table("tables.toml")["kinds"].items()
    )


@cached(1)
def _columns() -> Mapping[str, tuple[Cue, ...]]:
    columns = active().table("tables.toml")["columns"]
    return {name: compile_cues(table["forms"]) for name, table in columns.items()}


@cached(4096)
def column_of(header: str) -> str:
    """Return what a column holds by its header: an entry of `columns`, blank where nothing says."""
    lowered = header.lower()
    return next((name for name, cues in _columns().items() if any_match(cues, lowered)), "")


@cached(1)
def _legal_forms() -> frozenset[str]:
    return frozenset(form.replace(".", "") for form in active().table("synonyms.toml")["legal_forms"]["forms"])


def _key(name: str) -> str:
    words, forms = _WORD.findall(name.lower().replace(".", "")), _legal_forms()
    return " ".join([word for word in words if word not in forms] or words)


@cached(4096)
def _kind(texts: tuple[str, ...], *, lists: bool = False) -> Kind | None:
    """Return the first kind that one of some texts speaks of, the texts in the order of their weight."""
    for text in texts:
        for kind in _kinds():
            if (kind.lists or not lists) and any_match(kind.cues, text.lower()):
                return kind
    return None


def _row(clause: Clause, header: Sequence[str]) -> Line | None:
    """Return a row of a table; None for a header, and for a table whose labels stand in its first column."""
    if len(clause.cells) < 2 or tuple(header) == clause.cells or len(header) != len(clause.cells):
        return None
    kind = _kind((header[0], *clause.section[-1:], " | ".join(header)))
    is_turned = len(header) == 2 and column_of(clause.cells[0]) in _LABELS
    if kind is None or is_turned:
        return None
    cells = dict(zip(header, clause.cells, strict=True))
    name = next((cell for label, cell in cells.items() if column_of(label) == "name"), clause.cells[0])
    return Line(kind, name, _key(name), cells, clause.text) if name.strip() else None


def _item(clause: Clause) -> Line | None:
    """Return an item of a list of names: "Cloudspan (hosting, Ireland)"."""
    kind = _kind((clause.lead_in, *clause.section[-1:]), lists=True)
    if kind is None or len(clause.text.split()) > _MOST_ITEM:
        return None
    found = _ITEM_NAME.match(clause.text)
    if found is None or len(found["name"].split()) > _MOST_NAME or not _is_proper(found["name"]):
        return None
    return Line(kind, found["name"].strip(), _key(found["name"]), {}, clause.text)


def _is_proper(name: str) -> bool:
    """Say whether some words are a name rather than a kind of thing: no recipient, purpose or data type."""
    words = lexicon()
    lowered = name.lower()
    nouns = (words.recipients, words.purposes, words.data_types, words.acts)
    return all(word[0].isupper() or word[0].isdigit() or len(word) < 4 for word in name.split()) and not any(
        noun.mentions(lowered) for noun in nouns
    )


@per_document
def _lines(document: Document) -> Mapping[int, Line]:
    """Return the rows and named items of a document by the index of their clause."""
    found: dict[int, Line] = {}
    header: tuple[str, ...] = ()
    previous: Clause | None = None
    for index, clause in enumerate(document.clauses):
        line = None
        if clause.kind is BlockKind.ITEM or len(clause.cells) == 1:
            line = _item(clause)
        elif clause.kind is BlockKind.ROW:
            opens = previous is None or previous.kind is not BlockKind.ROW
            if clause.header:
                header = clause.header
            elif opens:
                # A table without a header of its own often has it in its first row.
                header = clause.cells if all(map(column_of, clause.cells)) and len(clause.cells) > 1 else ()
            line = _row(clause, header)
        if line is not None and line.key:
            found[index] = line
        previous = clause
    return found


def rows_of(document: Document) -> dict[int, Line]:
    """Return the rows of tables by the index of their clause."""
    return {index: line for index, line in _lines(document).items() if line.cells}


def lines_of(document: Document, kind: str) -> dict[int, Line]:
    """Return the rows and named items of one kind, an entry of `kinds`, by the index of their clause."""
    return {index: line for index, line in _lines(document).items() if line.kind.name == kind}


def _labels(clause: Clause) -> tuple[str, ...]:
    """Return the header of a row; of a row without one, which is a header itself, its own cells."""
    return clause.header or clause.cells


def _substance(clause: Clause) -> frozenset[tuple[str, str]]:
    """Return the cells of a row, or the labels of a header, in columns that hold something of substance.

    A name is the same with another legal form.
    """
    return frozenset(
        (label.lower(), _key(cell) if column_of(label) == "name" else cell)
        for label, cell in zip(_labels(clause), clause.cells, strict=True)
        if column_of(label) not in _NO_SUBSTANCE
    )


class Tables:
    """The tables and lists of one comparison, read when the first line of one is asked for."""

    def __init__(self, before: Document, after: Document) -> None:
        self._documents = (before, after)

    @cached_property
    def _lines(self) -> tuple[Mapping[int, Line], Mapping[int, Line]]:
        return _lines(self._documents[0]), _lines(self._documents[1])

    @cached_property
    def _names(self) -> tuple[dict[tuple[str, str], Line], dict[tuple[str, str], Line]]:
        olds, news = ({(line.kind.name, line.key): line for line in side.values()} for side in self._lines)
        return olds, news

    @cached_property
    def _names_changed(self) -> dict[str, tuple[list[str], list[str]]]:
        """Return, by kind, the names that the old side lists alone and those that the new one does."""
        changed: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        for side, here, there in ((1, self._names[1], self._names[0]), (0, self._names[0], self._names[1])):
            for key, line in here.items():
                if key not in there:
                    changed[line.kind.name][side].append(line.name)
        return changed

    @cached_property
    def _told(self) -> dict[str, str]:
        """Return, by kind, the names that came and went as a sentence says it."""
        return {
            kind: "; ".join(
                f"{verb}{_listed(names)}" for verb, names in (("added: ", come), ("removed: ", gone)) if names
            )
            for kind, (gone, come) in self._names_changed.items()
        }

    def findings(self, pair: Pair) -> tuple[Finding, ...]:
        """Return what a pair of rows or named items means: names that came and went, cells that say something else."""
        olds, news = (self._of(side, indices) for side, indices in ((0, pair.before), (1, pair.after)))
        if len(olds) != len(pair.before) or len(news) != len(pair.after):
            return ()  # some of its clauses are no lines of a table or list
        gone = [line for line in olds if self._is_new(line, 1)]
        come = [line for line in news if self._is_new(line, 0)]
        found = [self._set_changed(gone, come)] if gone or come else []
        for old, new in self._versions(olds, news):
            found += _cells_changed(old, new)
        return tuple(found)

    def _versions(self, olds: Sequence[Line], news: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
        """Yield the versions of each line; of one that stands alone, that which its name leads to in the other text."""
        for side, lines, others in ((1, olds, news), (0, news, olds)):
            for line in lines:
                key = (line.kind.name, line.key)
                other = self._names[side].get(key)
                if other is None or not (other in others or (not others and key not in self._twice)):
                    continue
                if side == 1:
                    yield line, other
                elif not others:
                    yield other, line

    @cached_property
    def _twice(self) -> frozenset[tuple[str, str]]:
        """Return the names that more than one line of a side goes by."""
        return frozenset(
            key
            for lines in self._lines
            for key, count in Counter((line.kind.name, line.key) for line in lines.values()).items()
            if count > 1
        )

    def is_same(self, pair: Pair) -> bool:
        """Say whether a row holds the same cells under the same headers; columns of no substance may come and go."""
        if len(pair.before) != 1 or len(pair.after) != 1:
            return False
        old, new = (self._documents[side].clauses[at] for side, at in ((0, pair.before[0]), (1, pair.after[0])))
        if not all(len(clause.cells) > 1 and len(clause.cells) == len(_labels(clause)) for clause in (old, new)):
            return False
        return _substance(old) == _substance(new) != frozenset()

    def _of(self, side: int, indices: Sequence[int]) -> list[Line]:
        clauses = self._documents[side].clauses
        if not all(clauses[index].kind in _IN_SETS for index in indices):
            return []
        return [self._lines[side][index] for index in indices if index in self._lines[side]]

    @cached_property
    def _kinds(self) -> tuple[frozenset[str], frozenset[str]]:
        olds, news = (frozenset(name for name, _ in side) for side in self._names)
        return olds, news

    @cached_property
    def _texts(self) -> tuple[str, str]:
        """Return each side's text in words set off by single spaces."""
        olds, news = (
            f" {' '.join(word for clause in document.clauses for word in _WORD.findall(clause.text.lower()))} "
            for document in self._documents
        )
        return olds, news

    def _is_new(self, line: Line, side: int) -> bool:
        """Say whether a side does not list a name; where it has no such table at all, whether it never names it.

        A table that stands on one side alone may be a sentence put in another form.
        """
        if line.kind.name in self._kinds[side]:
            return (line.kind.name, line.key) not in self._names[side]
        return f" {line.key} " not in self._texts[side]

    def _set_changed(self, gone: Sequence[Line], come: Sequence[Line]) -> Finding:
        """Return the names that came and went in the whole of a table; the direction is that of this line."""
        kind = (come or gone)[0].kind
        # Of lines that took one another's place, the whole table says whether it lists more than it did.
        fewer, more = (
            (len(names) for names in self._names_changed[kind.name]) if come and gone else (len(gone), len(come))
        )
        way = _NEUTRAL if fewer == more else kind.added if more > fewer else kind.added.opposite
        topics = kind.topics
        if any(regions_in(line.text) for line in (*gone, *come)) and Topic.THIRD_PARTY_SHARING in topics:
            topics = (*topics, Topic.INTERNATIONAL_TRANSFER)
        went, came = (" ".join(line.text for line in lines) for lines in (gone, come))
        kind_of = "entry_replaced" if gone and come else "entry_added" if come else "entry_removed"
        return Finding(kind_of, way, kind.title, went, came, topics, items=self._told.get(kind.name, ""))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(_shortened, names[:_MOST_SHOWN]))
    return f"{shown} and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else shown


def _shortened(name: str) -> str:
    name = name.rstrip(".")
    return name if len(name) <= _MOST_TOLD else name[: _MOST_TOLD - 1].rsplit(" ", 1)[0] + " …"


def _cells_changed(old: Line, new: Line) -> Iterator[Finding]:
    """Yield what the cells of one line say now that they did not, each read in the light of its header."""
    for label, cell in new.cells.items():
        was = old.cells.get(label)
        if was is None or was == cell:
            continue
        column = column_of(label)
        if column == "duration":
            past, now = f"{label}: {was}", f"{label}: {cell}"
            yield from _named(
                time_changes(periods(past[:_LONGEST].lower()), periods(now[:_LONGEST].lower()), past, now), new
            )
        elif column == "price":
            yield from _named(amount_changes(f"{label}: price {was}", f"{label}: price {cell}"), new)
        elif column == "place":
            yield from _items(lexicon().regions, regions_in(was), regions_in(cell), label, old, new)
        elif column in _NOUNS:
            noun: Noun = getattr(lexicon(), _NOUNS[column])
            left, right = (
                frozenset(item.name for item in noun.mentions(text[:_LONGEST].lower())) for text in (was, cell)
            )
            yield from _items(noun, left, right, label, old, new)


def _named(findings: Iterable[Finding], line: Line) -> Iterator[Finding]:
    """Yield findings that say in which line of the table they are."""
    for finding in findings:
        yield replace(finding, what=f"“{line.name}”: {finding.what}")


def _items(noun: Noun, was: frozenset[str], now: frozenset[str], label: str, old: Line, new: Line) -> Iterator[Finding]:
    come = [name for name in sorted(now) if not noun.covers(was, name)]
    gone = [name for name in sorted(was) if not noun.covers(now, name)]
    if not come and not gone:
        return
    way = _WEAKER if not gone else _STRONGER if not come else _NEUTRAL
    own = _TOPICS.get(column_of(label), (Topic.INTERNATIONAL_TRANSFER,))
    topics = own + tuple(topic for name in (*come, *gone) for topic in noun.entries[name].topics)
    weight = max(noun.entries[name].weight for name in (*come, *gone))
    what = f"“{new.name}”, {label}"
    yield Finding("entry_changed", way, what, old.text, new.text, topics, items=told(noun, come, gone), weight=weight)
