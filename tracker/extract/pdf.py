"""PDF to blocks, through the optional pdfminer.six."""

import io
import re
from collections import Counter
from statistics import median
from typing import Any

from tracker.compare.model import BlockKind
from tracker.errors import ExtractionError
from tracker.extract.building import BULLET, BlockList, bullet_length
from tracker.extract.model import Extracted
from tracker.words import FailureKind

_MAX_PAGES = 300
_PAGE_NUMBER = re.compile(r"(?:page|seite)?\s*\d{1,4}(?:\s*(?:/|of|von|sur)\s*\d{1,4})?$", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n(?=[a-z])")
_ENDED = re.compile(r"[.;:!?](?:[\"”’)]*|\s+(?:and|or))$")
_SAME_SIZE = 0.5  #: points that fonts of one paragraph may differ by, measured
_EDGE_LINES = 2  #: at the top and bottom of a page, where headers and footers stand


def read_pdf(body: bytes) -> Extracted:
    """Return the document a PDF file holds.

    Raises:
        ExtractionError: pdfminer.six is not installed, the file is damaged, encrypted or without a text layer.

    """
    pages = _pages(body)
    repeated = _repeated(pages)
    sizes = [size for page in pages for text, size, _ in page for _ in range(len(text) // 20 + 1)]
    if not sizes:
        raise ExtractionError(FailureKind.UNREADABLE, "the PDF file has no text layer")
    usual = median(sizes)
    out = BlockList()
    kept = [
        (piece, size, bold)
        for page in pages
        for text, size, bold in page
        if _shape(text) not in repeated and not _PAGE_NUMBER.match(text.strip())
        for piece in _pieces(text)
    ]
    for text, size, bold in _joined(kept):
        short = len(text) <= 120 and not text.endswith((".", ";", ","))
        if length := bullet_length(text):
            out.add(BlockKind.ITEM, text[length:], 1, BULLET)
        elif short and (size > usual * 1.12 or bold):
            out.add(BlockKind.HEADING, text, 1 if size > usual * 1.6 else 2 if size > usual * 1.12 else 3)
        else:
            out.add(BlockKind.PARAGRAPH, text)
    return Extracted(tuple(out.blocks), region="pdf")


def _pieces(text: str) -> list[str]:
    """Return the paragraphs of a box as single lines: a typed bullet at the start of a line begins one."""
    pieces: list[str] = []
    for line in _HYPHENATED.sub("", text.strip()).split("\n"):
        line = line.strip()
        if pieces and not bullet_length(line):
            pieces[-1] = f"{pieces[-1]} {line}".strip()
        else:
            pieces.append(line)
    return pieces


def _joined(pieces: list[tuple[str, float, bool]]) -> list[tuple[str, float, bool]]:
    """Join a paragraph that the layout cut: a sentence still open that goes on, in the same font, in lower case."""
    out: list[tuple[str, float, bool]] = []
    for text, size, bold in pieces:
        if out and text[:1].islower():
            before, before_size, before_bold = out[-1]
            if not _ENDED.search(before) and bold == before_bold and abs(size - before_size) < _SAME_SIZE:
                out[-1] = (f"{before} {text}", size, bold)
                continue
        out.append((text, size, bold))
    return out


def _pages(body: bytes) -> list[list[tuple[str, float, bool]]]:
    """Return the text boxes of each page: text, font size in points, whether all is bold."""
    try:
        from pdfminer.high_level import extract_pages
        from pdfminer.layout import LAParams, LTTextContainer
        from pdfminer.pdfdocument import PDFPasswordIncorrect
    except ImportError as error:
        raise ExtractionError(
            FailureKind.UNREADABLE, 'reading PDF needs an extra: pip install "tracker[pdf]"'
        ) from error
    pages = []
    try:
        for page in extract_pages(io.BytesIO(body), maxpages=_MAX_PAGES, laparams=LAParams()):
            boxes = [item for item in page if isinstance(item, LTTextContainer) and item.get_text().strip()]
            pages.append([(box.get_text(), *_font(box)) for box in boxes])
    except (MemoryError, RecursionError):
        raise  # too much for any reader, which is no damage
    except PDFPasswordIncorrect as error:
        raise ExtractionError(FailureKind.UNREADABLE, "the PDF file is encrypted") from error
    except Exception as error:  # pdfminer raises whatever its parsers meet in a damaged file
        raise ExtractionError(FailureKind.UNREADABLE, f"the PDF file is damaged: {error!r}") from error
    return pages


def _font(box: Any) -> tuple[float, bool]:
    sizes, bold, count = [], 0, 0
    for line in box:
        for char in line if hasattr(line, "__iter__") else ():
            if hasattr(char, "fontname"):
                sizes.append(char.size)
                bold += "bold" in char.fontname.lower()
                count += 1
    return (median(sizes) if sizes else 0.0), bool(count) and bold == count


def _shape(text: str) -> str:
    return _DIGITS.sub("#", " ".join(text.split()).lower())


def _repeated(pages: list[list[tuple[str, float, bool]]]) -> set[str]:
    """Return headers and footers: what stands at the edge of more than half of at least three pages, digits aside."""
    if len(pages) < 3:
        return set()
    seen = Counter(
        shape
        for page in pages
        for shape in {_shape(text) for text, _, _ in [*page[:_EDGE_LINES], *page[-_EDGE_LINES:]]}
    )
    return {shape for shape, count in seen.items() if count * 2 > len(pages)}
