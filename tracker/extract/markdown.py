"""Markdown to blocks: what Open Terms Archive and archive corpora write, read line by line."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tracker.compare.model import Block, BlockKind
from tracker.extract.building import BULLET, BlockList
from tracker.extract.model import Extracted

_NOTICE = re.compile(r"\A\s*>?[ \t]*\*?The following text is extracted and transformed from [^\n]*", re.IGNORECASE)
_NOTICE_DATE = re.compile(r"archived on (\d{4}-\d{2}-\d{2})")
_NOTICE_URL = re.compile(r"\]\((https?://[^\s)]{1,2000})\)")
_QUOTE = re.compile(r" {0,3}>[ ]?")
_ATX = re.compile(r"(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"(?:=+|-+)$")
_RULES = "-*_"  #: what a rule is drawn with
_RULE = re.compile(r"(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_ITEM = re.compile(r"(?:([-*+])|(\d{1,9}[.)]))(?:[ \t]+(.*))?$")
_TABLE_RULE = re.compile(r"\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?)?[ \t]*$")
_CELL_END = re.compile(r"(?<!\\)\|")
_REFERENCE = re.compile(r"\[[^\]\n]{1,500}\]:[ \t]+\S+(?:[ \t]+\"[^\"\n]*\")?$")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TARGET = r"\((?:<[^<>\n]{0,2000}>|(?:[^()\n]|\([^()\n]{0,500}\)){0,3000})\)"
_IMAGE = re.compile(rf"!\[[^\[\]]{{0,2000}}\](?:{_TARGET}|\[[^\[\]]{{0,500}}\])")
_LINK = re.compile(rf"\[([^\[\]]{{0,5000}})\](?:{_TARGET}|\[[^\[\]]{{1,500}}\])")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)?[^\s<>@:]{1,500}[@:/][^\s<>]{1,1000})>")
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<!--.{0,5000}?-->|</?[a-zA-Z][^<>]{0,2000}>", re.DOTALL)
#: Marks stand before what is looked for behind them: a text is searched several times as fast for four characters.
_EMPHASIS = re.compile(r"\*{2,}|~~|`+|\*(?=\S)|\*(?<=\S\*)|_(?<![^\W_]_)_*(?=\S)|_(?<=\S_)_*(?![^\W_])")
_REMEMBERED, _LONG_PASSAGE = 4096, 10_000  #: passages that are known again, and characters of one too long for that
_MAX_DEPTH = 50  #: of lists in lists
_PROTECTED = 0xE000  #: escaped characters wait in the private use area while marks are removed
_RESTORE = {_PROTECTED + code: chr(code) for code in range(33, 127)}
_PRIVATE = re.compile(f"[{chr(min(_RESTORE))}-{chr(max(_RESTORE))}]")
_MARKS = re.compile(r"[*_~`]")


def read_markdown(text: str) -> Extracted:
    """Return the document a Markdown text holds; an archive notice on top becomes date and address."""
    archived_at, archive_url, text = without_notice(text)
    blocks: list[Block] = []
    lists = _Lists()
    for passage in _passages(text):
        read = _read if len(passage) > _LONG_PASSAGE else _read_again
        found, lists = read(passage, lists)
        blocks += found
    title = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
    return Extracted(tuple(blocks), title, None, "markdown", archived_at, archive_url)


def without_notice(text: str) -> tuple[str | None, str | None, str]:
    """Return the ISO date and the address that an archive notice on top of a text names, and the text behind it."""
    notice = _NOTICE.match(text)
    if notice is None:
        return None, None, text
    date, url = _NOTICE_DATE.search(notice.group()), _NOTICE_URL.search(notice.group())
    return date.group(1) if date else None, url.group(1) if url else None, text[notice.end() :]


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Return inline Markdown without marks: link texts stay, images go, hard breaks are newlines."""
    if "\\" in text:
        text = _ESCAPED.sub(lambda found: chr(_PROTECTED + ord(found.group(1))), text)
    if "[" in text:
        text = _IMAGE.sub(" ", text)
        for _ in range(2):  # a link may hold brackets of its own
            text = _LINK.sub(r"\1", text)
    if "<" in text:
        text = _AUTOLINK.sub(lambda found: found.group(1).removeprefix("mailto:"), text)
        text = _TAG.sub("", _BREAK_TAG.sub("\n", text))
    if _MARKS.search(text):
        text = _EMPHASIS.sub("", text)
    if "&" in text:
        text = html.unescape(text)
    return text if text.isascii() or not _PRIVATE.search(text) else text.translate(_RESTORE)


@dataclass(frozen=True, slots=True)
class _Lists:
    """What a blank line does not end: the lists that are open."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    marker: str = ""
    indents: tuple[int, ...] = ()  #: columns at which the text of each open item starts


def _passages(text: str) -> Iterator[str]:
    """Yield the runs of lines between blank lines."""
    lines: list[str] = []
    for line in text.expandtabs(4).splitlines():
        if line and not line.isspace():
            lines.append(line)
        elif lines:
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)


def _read(passage: str, lists: _Lists) -> tuple[tuple[Block, ...], _Lists]:
    """Return the blocks of one passage, and the lists that are open behind it."""
    scanner = _Scanner(lists)
    lines = passage.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        scanner.read(line, following)
    scanner.flush()
    return tuple(scanner.out.blocks), scanner.lists()


# Nearly all passages of a version stood in the one before.
_read_again = lru_cache(maxsize=_REMEMBERED)(_read)


class _Scanner:
    """Reads one line after the other."""

    def __init__(self, lists: _Lists) -> None:
        self.out = BlockList()
        self._lines: list[str] = []
        self._kind, self._level, self._marker = lists.kind, lists.level, lists.marker
        self._indents = list(lists.indents)
        self._header: tuple[str, ...] | None = None  #: of the table at hand
        self._blank = True
        self._empty_heading = 0

    def lists(self) -> _Lists:
        """Return the lists that are open."""
        return _Lists(self._kind, self._level, self._marker, tuple(self._indents))

    def read(self, line: str, following: str) -> None:
        """Take one line in; the one that follows tells a table."""
        quoted = False
        while ">" in line and (found := _QUOTE.match(line)):
            line, quoted = line[found.end() :], True
        stripped = line.strip()
        if not stripped:
            self.flush()
            self._header, self._blank, self._empty_heading = None, True, 0
            return
        indent = len(line) - len(line.lstrip())
        if self._in_table(stripped, following):
            return
        first = stripped[0]
        if first.isalpha():
            self._continue(line, indent, quoted)  # most lines: nothing but text opens with a letter
        elif self._lines and self._kind is not BlockKind.ITEM and _SETEXT.match(stripped) and indent < 4:
            self.flush(BlockKind.HEADING, 1 if first == "=" else 2)
        elif first in _RULES and _RULE.match(stripped):
            self.flush()
        elif first == "[" and _REFERENCE.match(stripped) and not self._lines:
            return
        elif first == "#" and (found := _ATX.match(stripped)):
            self._heading(found, indent)
        elif (found := _ITEM.match(stripped)) and self._may_open_item(found):
            self._item(found, indent, line)
        else:
            self._continue(line, indent, quoted)
        self._blank = False

    def flush(self, kind: BlockKind | None = None, level: int = 0) -> None:
        """Close the block at hand."""
        if not self._lines:
            return
        text = plain("".join(self._lines))
        self._lines.clear()
        if kind is BlockKind.HEADING:
            text = text.replace("\n", " ")
        if self.out.add(kind or self._kind, text, level if kind else self._level, self._marker):
            self._marker = ""

    def _in_table(self, stripped: str, following: str) -> bool:
        if self._header is None:
            if "|" not in stripped or not _TABLE_RULE.match(following.strip(" >")) or "-" not in following:
                return False
            self.flush()
            before = len(self.out.blocks)
            self.out.add_row(_cells(stripped))
            self._header = self.out.blocks[-1].cells if len(self.out.blocks) > before else ()
            return True
        if _TABLE_RULE.match(stripped):
            return True
        if "|" not in stripped:
            self._header = None
            return False
        self.out.add_row(_cells(stripped), self._header)
        return True

    def _may_open_item(self, found: re.Match[str]) -> bool:
        # Inside a paragraph a line that happens to open with a number ("in\n2019. We") is no item, unless it is 1.
        return not self._lines or self._kind is BlockKind.ITEM or not found.group(2) or found.group(2)[:-1] == "1"

    def _heading(self, found: re.Match[str], indent: int) -> None:
        self.flush()
        if not indent:
            self._indents.clear()
        level = len(found.group(1))
        if found.group(2):
            self._lines.append(found.group(2))
            self.flush(BlockKind.HEADING, level)
        else:
            self._empty_heading = level

    def _item(self, found: re.Match[str], indent: int, line: str) -> None:
        self.flush()
        while self._indents and indent < self._indents[-1]:
            self._indents.pop()
        text = found.group(3) or ""
        self._indents.append(len(line) - len(text) if text else indent + 2)
        self._kind, self._level = BlockKind.ITEM, len(self._indents)
        self._marker = found.group(2) or BULLET
        self._empty_heading = 0
        if text[:1].isalpha():
            self._append(text)  # most items: nothing but text opens with a letter
        elif inner := _ATX.match(text):
            self._heading(inner, 1)
        elif len(self._indents) < _MAX_DEPTH and (nested := _ITEM.match(text)):
            self._item(nested, self._indents[-1], " " * self._indents[-1] + text)
        elif text:
            self._append(text)

    def _continue(self, line: str, indent: int, quoted: bool) -> None:
        if self._empty_heading:
            self._lines.append(line.strip())
            self.flush(BlockKind.HEADING, self._empty_heading)
            self._empty_heading = 0
            return
        if not self._lines:
            while self._indents and self._blank and indent < min(self._indents[-1], 2):
                self._indents.pop()
            if self._indents:
                self._kind, self._level = BlockKind.ITEM, len(self._indents)
            else:
                self._kind, self._level = (BlockKind.QUOTE if quoted else BlockKind.PARAGRAPH), 0
                self._marker = ""
        self._append(line)

    def _append(self, line: str) -> None:
        hard = line.endswith(("  ", "\\"))
        self._lines.append(line.strip().removesuffix("\\") + ("\n" if hard else " "))


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(plain(cell).replace("\n", " ") for cell in _CELL_END.split(inner))
