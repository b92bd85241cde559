"""Blocks to Markdown: what `read_markdown` reads back as the same texts, so that stored versions can be handed on."""

import re
from collections.abc import Iterable

from tracker.compare.model import Block, BlockKind

_INLINE = re.compile(r"[\\`*_\[\]<>&|~!#]")
#: What opens a block at the start of a line: numbering, rules, bullets, quotes, headings, underlines.
_OPENING = re.compile(r"(\d{1,9})([.)])(?=\s|$)|[-+#=>:]")
_NUMBER = re.compile(r"\d{1,9}[.)]$")
_STEP = "    "  #: by which a nested item stands further right


def write_markdown(blocks: Iterable[Block]) -> str:
    """Return a Markdown text whose paragraphs, headings, items and rows are these blocks.

    What Markdown has no form for takes the closest one: a term and its definition become paragraphs, a marker such as
    "(b)" a bullet.
    """
    parts: list[str] = []
    before: Block | None = None
    for block in blocks:
        if not block.text.strip():
            continue
        text, close = _written(block, before)
        if before is not None:
            parts.append("\n" if close else "\n\n")
        parts.append(text)
        before = block
    return "".join(parts) + "\n" if parts else ""


def _written(block: Block, before: Block | None) -> tuple[str, bool]:
    """Return a block's lines, and whether they follow the block before without a blank line."""
    if block.kind is BlockKind.HEADING:
        return f"{'#' * min(max(block.level, 1), 6)} {_escaped(block.text)}", False
    if block.kind is BlockKind.ITEM:
        indent = _STEP * (max(block.level, 1) - 1)
        if not block.marker and before is not None and before.kind is BlockKind.ITEM:
            return f"{indent}  {_escaped(block.text)}", False  # one more paragraph of the same item
        marker = block.marker if _NUMBER.match(block.marker) else "*"
        return f"{indent}{marker} {_escaped(block.text)}", before is not None and before.kind is BlockKind.ITEM
    if block.kind is BlockKind.ROW:
        return _row(block, before)
    return ("> " if block.kind is BlockKind.QUOTE else "") + _escaped(block.text), False


def _row(block: Block, before: Block | None) -> tuple[str, bool]:
    cells = block.cells or (block.text,)
    line = f"| {' | '.join(_inline(cell) for cell in cells)} |"
    table = None if before is None or before.kind is not BlockKind.ROW else before.header or before.cells
    if block.header and block.header == table:
        return line, True
    # Every table opens with a header row and a rule below it.
    return f"{line}\n|{' --- |' * len(cells)}", False


def _inline(text: str) -> str:
    return _INLINE.sub(r"\\\g<0>", text)


def _escaped(text: str) -> str:
    found = _OPENING.match(text)
    if found is None:
        return _inline(text)
    opening = f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[0]}"
    return opening + _inline(text[found.end() :])
