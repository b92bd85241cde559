"""What every reader of a format shares: tidy text, and a list of blocks under construction."""

import re
from dataclasses import dataclass, field

from tracker.compare.model import Block, BlockKind
from tracker.extract.furniture import is_junk

BULLET = "•"

#: Soft hyphens, zero-width spaces, direction marks: never displayed. Joiners (U+200C, U+200D) stay, scripts need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff\u180e]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_BULLET_LINE = re.compile(r"(?:[•·▪▫◦●○■□‣⁃∙❖✓✔➢►\uf0b7\u27a4]\s*|[-–—*]\s+)(?=\S)")
_WORD = re.compile(r"\w")
_SPACE_BEFORE_MARK = re.compile(r"(?<=\w) (?=[,;](?:\s|$))")


def displayed(text: str) -> str:
    """Return the text as a reader sees it: single spaces, nothing invisible, typographic marks kept."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    text = " ".join(text.split())
    return _SPACE_BEFORE_MARK.sub("", text) if " ," in text or " ;" in text else text


def bullet_length(line: str) -> int:
    """Return how many characters of the line are a typed bullet and the space after it; 0 for none."""
    found = _BULLET_LINE.match(line)
    return found.end() if found else 0


@dataclass(slots=True)
class BlockList:
    """Blocks in reading order. Text without a word in it, and what only helps to move about a page, is not taken."""

    blocks: list[Block] = field(default_factory=list)
    heading_level: int = 0  #: of the last heading, for collapsed sections that state none

    def add(self, kind: BlockKind, text: str, level: int = 0, marker: str = "") -> bool:
        """Add what `text` displays, lines separated by newlines; lines with a typed bullet become items.

        Returns whether anything was added.
        """
        if kind is not BlockKind.PREFORMATTED and "\n" in text:
            return self._add_lines(kind, text, level, marker)
        return self._add_one(kind, displayed(text), level, marker)

    def add_row(self, cells: tuple[str, ...], header: tuple[str, ...] = ()) -> None:
        """Add one row of a table; cells are tidied here."""
        cells = tuple(displayed(cell) for cell in cells)
        if any(_WORD.search(cell) for cell in cells):
            text = " | ".join(cell for cell in cells if cell)
            self.blocks.append(Block(BlockKind.ROW, text, cells=cells, header=header))

    def _add_lines(self, kind: BlockKind, text: str, level: int, marker: str) -> bool:
        added, run = False, ""
        for line in text.split("\n"):
            line = displayed(line)
            if kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE) and bullet_length(line):
                added |= self._add_one(kind, run, level, marker)
                run, kind, level, marker = line[bullet_length(line) :], BlockKind.ITEM, 1, BULLET
            elif kind is BlockKind.ITEM and marker == BULLET and bullet_length(line):
                added |= self._add_one(kind, run, level, marker)
                run = line[bullet_length(line) :]
            elif line:
                run = f"{run} {line}" if run else line
        return self._add_one(kind, run, level, marker) or added

    def _add_one(self, kind: BlockKind, text: str, level: int, marker: str) -> bool:
        if not text or not _WORD.search(text) or is_junk(text):
            return False
        if kind is BlockKind.PARAGRAPH and (length := bullet_length(text)):
            kind, text, level, marker = BlockKind.ITEM, text[length:], 1, BULLET
        if kind is BlockKind.HEADING:
            self.heading_level = level
        self.blocks.append(Block(kind, text, level, marker))
        return True
