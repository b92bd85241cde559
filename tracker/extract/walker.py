"""A walk over parsed HTML that builds blocks, iterative: depth of nesting costs memory, never recursion."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from tracker.compare.model import Block, BlockKind
from tracker.compare.text.word_count import word_count
from tracker.extract.building import BULLET, BlockList
from tracker.extract.furniture import is_heading_anchor
from tracker.extract.numbering import STYLES, ordinal

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hgroup",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "html",
    }
)
_UNREAD = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "select",
        "textarea",
        "object",
        "embed",
        "head",
        "title",
    ]
)
_ANCHOR_MARKS = frozenset({"#", "¶", "§", "🔗", "∞"})
_TRAILING_MARK = re.compile(r"(?<=\S)(?:\s+#|\s*[¶🔗])\s*$")
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_CELL_WORDS = 250  #: a cell with more is not data: the table arranges the page
_MAX_LEVEL = 100


@dataclass(slots=True)
class _List:
    """A list that is open."""

    style: str = ""  #: "" for bullets, "none", else a style of `ordinal`
    number: int = 1  #: of the next item
    step: int = 1


@dataclass(slots=True)
class _Table:
    """A table of data that is open; None on the stack stands for one that arranges the page."""

    header: tuple[str, ...] = ()
    cells: list[str] = field(default_factory=list)
    only_headers: bool = True
    head: bool = False


@dataclass(slots=True)
class _State:
    """What the text at hand is; saved when a block opens and restored when it closes."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0


class Walker:
    """Collects blocks from one or more elements, in the order walked."""

    def __init__(self) -> None:
        self._out = BlockList()
        self._text: list[str] = []
        self._breaks = 0  #: `br` seen since the last word
        self._marker = ""  #: waits for the first text of its item
        self._lists: list[_List] = []
        self._tables: list[_Table | None] = []
        self._cell_depth = 0
        self._states: list[_State] = [_State()]

    def walk(self, root: etree._Element) -> None:
        """Add the blocks of one element."""
        walk = etree.iterwalk(root, events=("start", "end"))
        skipping: etree._Element | None = None
        for event, element in walk:
            if event == "start":
                if not isinstance(element.tag, str) or self._skips(element):
                    skipping = element
                    walk.skip_subtree()
                    continue
                self._open(element)
                self._add_text(element.text)
                continue
            if element is skipping:
                skipping = None
            else:
                self._close(element)
            if element is not root:
                self._add_text(element.tail)
        self._flush()

    def finish(self) -> Iterable[Block]:
        """Return all blocks."""
        self._flush()
        return self._out.blocks

    def _skips(self, element: etree._Element) -> bool:
        """Return whether an element shows no text; what it shows instead is added here."""
        tag = element.tag
        if tag in _UNREAD:
            return True
        if hidden := _cloudflare_address(element):
            self._add_text(hidden)
            return True
        if tag in ("a", "button"):
            text = _short_text(element)
            return text in _ANCHOR_MARKS or (self._states[-1].kind is BlockKind.HEADING and is_heading_anchor(text))
        return False

    def _open(self, element: etree._Element) -> None:
        tag = element.tag
        if tag == "br":
            self._add_break()
            return
        if tag == "a" and _touches_other_link(element):
            self._text.append(" ")
            return
        heading = _heading_level(element)
        if tag not in _BLOCKS and not heading:
            return
        if self._cell_depth:
            self._text.append(" ")
            if tag not in ("table", "td", "th", "tr", "thead", "tbody", "tfoot"):
                return
        else:
            self._flush()
        state = self._states[-1]
        state = _State(state.kind, state.level)
        if heading:
            state = _State(BlockKind.HEADING, heading)
        elif tag == "summary" or (
            tag == "button" and element.get("aria-expanded") and state.kind is not BlockKind.HEADING
        ):
            state = _State(BlockKind.HEADING, min(max(self._out.heading_level + 1, 2), 6))
        elif tag in _LISTS:
            self._lists.append(_open_list(element))
        elif tag == "li":
            self._marker = self._item_marker(element)
            state = _State(BlockKind.ITEM, min(max(len(self._lists), 1), _MAX_LEVEL))
        elif tag == "dt":
            state = _State(BlockKind.TERM)
        elif tag == "dd":
            state = _State(BlockKind.DEFINITION)
        elif tag == "blockquote":
            state = _State(BlockKind.QUOTE) if state.kind is BlockKind.PARAGRAPH else state
        elif tag == "pre":
            state = _State(BlockKind.PREFORMATTED)
        elif tag == "table":
            self._tables.append(None if self._cell_depth or _is_layout(element) else _Table())
        elif self._tables and (table := self._tables[-1]) is not None:
            self._open_in_table(table, str(tag))
        self._states.append(state)

    def _open_in_table(self, table: _Table, tag: str) -> None:
        if tag == "thead":
            table.head = True
        elif tag == "tr":
            self._end_row(table)
            table.only_headers = True
        elif tag in ("td", "th"):
            if not self._cell_depth:
                self._text.clear()
            self._cell_depth += 1
            table.only_headers &= tag == "th"

    def _close(self, element: etree._Element) -> None:
        tag = element.tag
        if tag not in _BLOCKS and not _heading_level(element):
            return
        if self._cell_depth and tag not in ("table", "td", "th", "tr", "thead", "tbody", "tfoot"):
            self._text.append(" ")
            return
        table = self._tables[-1] if self._tables else None
        if table is not None and tag in ("td", "th", "tr", "thead"):
            self._close_in_table(table, element)
        elif self._cell_depth:
            self._text.append(" ")
        else:
            self._flush()
        if tag == "li":
            self._marker = ""
        elif tag in _LISTS and self._lists:
            self._lists.pop()
        elif tag == "table" and self._tables:
            if table is not None:
                self._end_row(table)
            self._tables.pop()
        if len(self._states) > 1:
            self._states.pop()

    def _close_in_table(self, table: _Table, element: etree._Element) -> None:
        if element.tag in ("td", "th"):
            self._cell_depth -= 1
            table.cells.append("".join(self._text))
            table.cells.extend([""] * (min(_integer(element.get("colspan"), 1), 100) - 1))
            self._text.clear()
            self._breaks = 0
        elif element.tag == "tr":
            self._end_row(table)
        elif element.tag == "thead":
            table.head = False

    def _end_row(self, table: _Table) -> None:
        """Put out the cells read so far: at the end of their row or, where no row was opened for them, of the table."""
        if not table.cells:
            return
        self._flush()
        cells = tuple(table.cells)
        table.cells = []
        before = len(self._out.blocks)
        self._out.add_row(cells, table.header)
        if (table.head or table.only_headers) and not table.header and len(self._out.blocks) > before:
            table.header = self._out.blocks[-1].cells

    def _item_marker(self, element: etree._Element) -> str:
        current = self._lists[-1] if self._lists else _List()
        if not current.style:
            return BULLET
        if current.style == "none":
            return ""
        current.number = _integer(element.get("value"), current.number)
        style = element.get("type") or current.style
        marker = f"{ordinal(current.number, style)}."
        current.number += current.step
        return marker

    def _add_text(self, text: str | None) -> None:
        if not text:
            return
        if self._states[-1].kind is BlockKind.PREFORMATTED and not self._cell_depth:
            first, *others = _BLANK_LINE.split(text)
            self._text.append(first)
            for part in others:
                self._flush()
                self._text.append(part)
            return
        if self._breaks and not text.isspace():
            self._breaks = 0
        # Line ends of the markup are mere spaces; newlines in the buffer stand for `br`.
        self._text.append(text.replace("\n", " ").replace("\r", " "))

    def _add_break(self) -> None:
        if self._cell_depth:
            self._text.append(" ")
            return
        self._breaks += 1
        if self._breaks > 1 and self._states[-1].kind is not BlockKind.HEADING:
            self._flush()
        else:
            self._text.append("\n")

    def _flush(self) -> None:
        self._breaks = 0
        if not self._text:
            return
        text = "".join(self._text)
        self._text.clear()
        state = self._states[-1]
        if state.kind is BlockKind.HEADING:
            text = _TRAILING_MARK.sub("", text)
        if self._out.add(state.kind, text, state.level, self._marker):
            self._marker = ""


def _short_text(element: etree._Element) -> str:
    """Return the text of an element, "" where it is too long to be a mark or a label."""
    text = ""
    for piece in element.itertext():
        text += str(piece)
        if len(text) > 200:
            return ""
    return text.strip()


def _touches_other_link(element: etree._Element) -> bool:
    """Return whether a link follows another at once; both to one target are one link in two pieces."""
    before = element.getprevious()
    return (
        before is not None
        and before.tag == "a"
        and not before.tail
        and before.get("href") is not None
        and element.get("href") not in (None, before.get("href"))
    )


def _heading_level(element: etree._Element) -> int:
    level = _HEADINGS.get(str(element.tag), 0)
    if not level and (element.get("role") or "").lower() == "heading":
        level = min(max(_integer(element.get("aria-level"), 2), 1), 6)
    return level


def _open_list(element: etree._Element) -> _List:
    declared = _LIST_STYLE.search((element.get("style") or "")[:1000])
    style = declared.group(1).lower() if declared else ""
    if style == "none":
        return _List("none")
    if element.tag != "ol":
        return _List(STYLES.get(style, ""))
    backwards = element.get("reversed") is not None
    items = sum(1 for _ in element.iterchildren("li")) if backwards else 1
    return _List(
        STYLES.get(style) or element.get("type") or "1", _integer(element.get("start"), items), -1 if backwards else 1
    )


def _is_layout(table: etree._Element) -> bool:
    """Return whether a table arranges the page and holds no data."""
    if (table.get("role") or "").lower() in ("presentation", "none"):
        return True
    if any(inner is not table for inner in table.iter("table")):
        return True
    columns, row = 0, 0
    for element in table.iter("tr", "td", "th", *_HEADINGS):
        if element.tag == "tr":
            row = 0
        elif element.tag in ("td", "th"):
            row += 1
            columns = max(columns, row)
            if words_over(element, _CELL_WORDS):
                return True
        else:
            cell = next(element.iterancestors("td", "th"), None)
            if cell is not None and cell.tag == "td" and next(cell.itersiblings("td", "th"), None) is None:
                return True
    return columns < 2


def words_over(element: etree._Element, limit: int) -> bool:
    """Return whether an element shows more words than a limit, without counting further."""
    words = 0
    for text in element.itertext():
        words += word_count(str(text))
        if words > limit:
            return True
    return False


def _integer(value: str | None, default: int) -> int:
    try:
        return int(value.strip()[:9]) if value else default
    except ValueError:
        return default


def _cloudflare_address(element: etree._Element) -> str:
    """Return the mail address that Cloudflare hides in an attribute: hex, every byte XORed with the first."""
    code = element.get("data-cfemail")
    if not code or len(code) > 1000:
        return ""
    try:
        key, *rest = bytes.fromhex(code)
    except ValueError:
        return ""
    return bytes(byte ^ key for byte in rest).decode("utf-8", "replace")
