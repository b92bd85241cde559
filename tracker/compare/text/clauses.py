"""Blocks into clauses: sentences inside a block, list items with their lead-in, table rows, headings."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

import nupunkt

from tracker.compare.model import Block, BlockKind, Clause, Document
from tracker.compare.text.canonical import canonical
from tracker.compare.text.dates import stated_dates
from tracker.compare.text.language import UNDETERMINED, language_of, main_language
from tracker.compare.text.word_count import word_count
from tracker.compare.vocabulary.lexicons import cached

_LONG_ITEM = 60  #: words; a longer list item is cut into its sentences
_LONGEST_RUN = 20_000  #: characters given to the sentence splitter at once; it slows down on endless lines
_REMEMBERED = 8192  #: blocks of earlier texts that are known again
_TAIL = 20  #: characters of a sentence that show whether it ends there
_NO_BOUNDARY = re.compile(r"(?:\b(?:Yahoo!|yrs\.|Sec\.|Art\.|Nos\.|e\.g\.|i\.e\.|vs?\.)|^\W*\w{0,2}[.)])$")
_END = re.compile(r"[.?!…]")
_DIGIT = re.compile(r"\d")
_SINGLE = frozenset({BlockKind.HEADING, BlockKind.ROW, BlockKind.TERM})
_IN_LIST = frozenset({BlockKind.ITEM})


def _runs(text: str) -> Iterable[str]:
    while len(text) > _LONGEST_RUN:
        at = text.rfind(" ", 1, _LONGEST_RUN)
        if at < 0:
            at = text.find(" ", _LONGEST_RUN)
        if at < 0:
            break
        yield text[:at]
        text = text[at + 1 :]
    yield text


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a block; joined by single spaces they give its text again."""
    if _END.search(text, 0, len(text) - 1) is None:
        return (text,)  # nothing ends before its end
    found: list[list[str]] = []
    for run in _runs(text):
        for sentence in nupunkt.sent_tokenize(run):
            sentence = str(sentence).strip()
            if not sentence:
                continue
            # Only the end of what came before is looked at: long runs of fragments stay linear.
            if found and (_NO_BOUNDARY.search(found[-1][-1][-_TAIL:]) or sentence[0].islower()):
                found[-1].append(sentence)
            else:
                found.append([sentence])
    joined = tuple(" ".join(parts) for parts in found)
    return joined if " ".join(joined) == text else (text,)


def _texts(kind: BlockKind, text: str) -> tuple[str, ...]:
    if kind in _SINGLE or (kind in _IN_LIST and len(text.split()) <= _LONG_ITEM):
        return (text,)
    return sentences(text)


class _Piece(NamedTuple):
    """What a clause is by its text alone, wherever it stands."""

    text: str
    key: str
    language: str
    words: int
    dated: bool  #: it holds a digit, as every date does


def _cut(kind: BlockKind, text: str, names: tuple[str, ...]) -> tuple[_Piece, ...]:
    """Return the clauses of one block, none if it is blank."""
    text = " ".join(text.split())
    if not text:
        return ()
    return tuple(
        _Piece(said, canonical(said, names), language_of(said), word_count(said), _DIGIT.search(said) is not None)
        for said in _texts(kind, text)
    )


# A block that stood in an earlier text is not cut again.
_cut_again = cached(_REMEMBERED)(_cut)


def _pieces(blocks: Sequence[Block], names: tuple[str, ...]) -> Iterator[tuple[_Piece, ...]]:
    """Yield the clauses of each block; where there are more than are remembered, the same block is known again here."""
    if len(blocks) <= _REMEMBERED:
        for block in blocks:
            yield _cut_again(block.kind, block.text, names)
        return
    known: dict[tuple[BlockKind, str], tuple[_Piece, ...]] = {}
    for block in blocks:
        said = block.kind, block.text
        if said not in known:
            known[said] = _cut(block.kind, block.text, names)
        yield known[said]


class _Place:
    """Where in the document the cut stands: the headings above and the sentences that opened the lists."""

    def __init__(self) -> None:
        self.headings: list[tuple[int, str]] = []
        self._section: tuple[str, ...] = ()  #: the texts of the headings
        self.lead_ins: dict[int, str] = {}
        self.last_sentence = ""

    def lead_in_of(self, block: Block) -> str:
        """Return the sentence that opens the list this block belongs to, after noting it for the items that follow."""
        if block.kind not in _IN_LIST:
            self.lead_ins.clear()
            return ""
        level = max(block.level, 1)
        if self.lead_ins and max(self.lead_ins) > level:
            self.lead_ins = {known: sentence for known, sentence in self.lead_ins.items() if known <= level}
        if level not in self.lead_ins:
            opens = self.last_sentence.rstrip().endswith((":", "：", "-", "–", "—"))
            outer = [self.lead_ins[known] for known in sorted(self.lead_ins) if known < level]
            self.lead_ins[level] = self.last_sentence if opens else (outer[-1] if outer else "")
        return self.lead_ins[level]

    def enter(self, block: Block, pieces: Sequence[_Piece]) -> None:
        """Note a block that was cut."""
        if block.kind is BlockKind.HEADING:
            level = block.level or 1
            self.headings = [(above, text) for above, text in self.headings if above < level]
            self.headings.append((level, pieces[0].text))
            self._section = tuple(text for _, text in self.headings)
            self.last_sentence = ""
        else:
            self.last_sentence = pieces[-1].text

    def section_of(self, block: Block) -> tuple[str, ...]:
        """Return the headings above a block, outermost first."""
        if block.kind is BlockKind.HEADING:
            return tuple(text for above, text in self.headings if above < (block.level or 1))
        return self._section


def _clauses(index: int, block: Block, pieces: Sequence[_Piece], place: _Place, main: str) -> Iterable[Clause]:
    """Return the clauses of one block; what is too short to tell its language stands in that of the rest."""
    lead_in, section = place.lead_in_of(block), place.section_of(block)
    for at, piece in enumerate(pieces):
        # By the order of its fields: naming each would take as long as all the rest that is done here.
        yield Clause(
            piece.text,
            piece.key,
            block.kind,
            block.level,
            block.marker if at == 0 else "",
            index,
            section,
            lead_in,
            block.cells,
            block.header,
            main if piece.language == UNDETERMINED else piece.language,
        )


def cut(blocks: Sequence[Block], names: Sequence[str] = ()) -> Document:
    """Return the clauses of blocks in reading order; `names` are the organisation's own, equal to each other in keys.

    Lossless: the texts of a block's clauses, joined by single spaces, are the block's text with single spaces.
    """
    own = tuple(names)
    found = list(_pieces(blocks, own))
    main = main_language((piece.language, piece.words) for pieces in found for piece in pieces)
    place = _Place()
    clauses: list[Clause] = []
    for index, pieces in enumerate(found):
        if pieces:
            clauses += _clauses(index, blocks[index], pieces, place, main)
            place.enter(blocks[index], pieces)
    updated, effective = stated_dates(piece.text for pieces in found for piece in pieces if piece.dated)
    return Document(tuple(clauses), own, updated, effective)


def blocks_of(document: Document) -> tuple[Block, ...]:
    """Return the blocks a document was cut from (blank ones left out)."""
    found = []
    for _, group in groupby(document.clauses, key=lambda clause: clause.block):
        of_block = list(group)
        first = of_block[0]
        text = " ".join(clause.text for clause in of_block)
        found.append(Block(first.kind, text, first.level, first.marker, first.cells, first.header))
    return tuple(found)


def with_names(document: Document, names: Sequence[str]) -> Document:
    """Return the document with its keys made anew under other names of the organisation."""
    own = tuple(names)
    if own == document.names:
        return document
    clauses = tuple(clause._replace(key=canonical(clause.text, own)) for clause in document.clauses)
    return replace(document, clauses=clauses, names=own)
