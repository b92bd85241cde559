"""Plain text to blocks: paragraphs, headings, bullets and numbered clauses; menus around the document are left out."""

import re

from tracker.compare.model import BlockKind
from tracker.extract.building import BULLET, BlockList, bullet_length
from tracker.extract.furniture import is_footer_menu, is_junk, is_navigation
from tracker.extract.model import Extracted

_ADDRESS = re.compile(r"https?://\S+$")
_ENDS_SENTENCE = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_DANGLES = re.compile(
    r"(?:,|\b(?:a|an|the|and|or|of|to|in|on|by|for|with|from|as|at|that|which|via|our|your|their|its|is|are|may|will|not))$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\d{1,3}(?:\.\d{1,3}){1,4})\s+(?=\S)"
)
_HEADING_WORDS = 12
_HEADING_LENGTH = 90
_WRAPPED = 45  #: a line this long that stops in mid-sentence goes on in the next
_WORD = re.compile(r"\w")


def read_text(text: str) -> Extracted:
    """Return the document a plain text holds."""
    lines = _without_furniture([line.strip() for line in text.splitlines()])
    out = BlockList()
    paragraph, listing = "", False
    for number, line in enumerate(lines):
        goes_on = bool(paragraph) and bool(line) and _goes_on(paragraph, line, listing)
        if goes_on:
            paragraph = f"{paragraph} {line}"
            continue
        _add(out, paragraph, followed=any(lines[number:]))
        if paragraph.endswith(":"):
            listing = True
        elif line and line[0].isupper():
            listing = False
        paragraph = line
    _add(out, paragraph, followed=False)
    title = out.blocks[0].text if out.blocks and out.blocks[0].kind is BlockKind.HEADING else ""
    return Extracted(tuple(out.blocks), title, None, "text")


def _goes_on(before: str, line: str, listing: bool) -> bool:
    if _ENDS_SENTENCE.search(before) or bullet_length(line) or _NUMBERED.match(line):
        return False
    if _DANGLES.search(before):
        return True
    return line[0].islower() and not listing and len(before) >= _WRAPPED


def _add(out: BlockList, text: str, *, followed: bool) -> None:
    if not text:
        return
    if length := bullet_length(text):
        out.add(BlockKind.ITEM, text[length:], 1, BULLET)
    elif _is_heading(text) and followed:
        out.add(BlockKind.HEADING, text, 2 if out.blocks else 1)
    elif found := _NUMBERED.match(text):
        out.add(BlockKind.ITEM, text[found.end() :], 1, found.group(1))
    else:
        out.add(BlockKind.PARAGRAPH, text)


def _is_heading(line: str) -> bool:
    short = len(line) <= _HEADING_LENGTH and len(line.split()) <= _HEADING_WORDS
    ends = bool(_ENDS_SENTENCE.search(line)) and not line.endswith("?")
    return short and not ends and not line[0].islower() and "@" not in line and not line.endswith(",")


def _without_furniture(lines: list[str]) -> list[str]:
    """Drop address and menu lines above the first sentence and the menu behind the last."""
    lines = [line if _WORD.search(line) and not is_junk(line) else "" for line in lines]
    sentences = [number for number, line in enumerate(lines) if len(line.split()) > 6 or _ENDS_SENTENCE.search(line)]
    if not sentences:
        return lines
    head, seen = [], set()
    for line in lines[: sentences[0]]:
        key = line.lower()
        if line and (_ADDRESS.match(line) or is_navigation(line) or key in seen):
            continue
        seen.add(key)
        head.append(line)
    tail = lines[sentences[-1] + 1 :]
    if is_footer_menu([line for line in tail if line]):
        tail = []
    return head + lines[sentences[0] : sentences[-1] + 1] + tail
