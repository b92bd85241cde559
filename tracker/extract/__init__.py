"""Bytes of a page, file or capture become blocks of policy text.

    extract(body, "text/html", ExtractionRules(select=("main",)))

HTML, PDF, plain text and Markdown are read; see `extract` and `combine`.
"""

from collections.abc import Sequence
from dataclasses import replace

from tracker.errors import ExtractionError
from tracker.extract.decoding import decode
from tracker.extract.html import read_html
from tracker.extract.markdown import read_markdown
from tracker.extract.model import Extracted, ExtractionRules, Range, Selection
from tracker.extract.pdf import read_pdf
from tracker.extract.sniff import Format, sniff
from tracker.extract.text import read_text
from tracker.words import FailureKind

__all__ = ["Extracted", "ExtractionRules", "Format", "Range", "Selection", "combine", "extract", "sniff"]

_CONTROL_SHARE = 0.1  #: of control characters among the first ones, from which on a body is binary


def extract(
    body: bytes,
    media_type: str,
    rules: ExtractionRules,
    *,
    url: str = "",
    charset: str | None = None,
) -> Extracted:
    """Return the policy text of one page or file.

    Args:
        body: as received, content decoded, charset untouched.
        media_type: of the Content-Type header; "" where none is known, then `url` and the bytes decide.
        rules: selectors, and the least number of words (0 for none).
        url: the final address or the file's name.
        charset: of the Content-Type header; a hint.

    Raises:
        ExtractionError: `needs_rendering` (a page with too few words), `nothing_selected`, or `unreadable` (empty,
            binary, encrypted, without a text layer, or another document with too few words).

    """
    if not body.strip(b"\0 \t\r\n"):
        raise ExtractionError(FailureKind.UNREADABLE, "the document is empty")
    form = sniff(body, media_type, url)
    if form is Format.PDF:
        extracted = read_pdf(body)
    else:
        text = decode(body, charset, html=form is Format.HTML)
        if _is_binary(text):
            raise ExtractionError(FailureKind.UNREADABLE, "the document is binary, no text")
        if form is Format.HTML:
            extracted = read_html(text, rules, url)
        else:
            extracted = read_markdown(text) if form is Format.MARKDOWN else read_text(text)
    if not extracted.blocks or extracted.words < rules.min_words:
        kind = FailureKind.NEEDS_RENDERING if form is Format.HTML else FailureKind.UNREADABLE
        wanted = f", at least {rules.min_words} expected" if rules.min_words else ""
        raise ExtractionError(kind, f"{extracted.words} words of text in the {form.value} document{wanted}")
    return extracted


def combine(parts: Sequence[Extracted]) -> Extracted:
    """Return the pages of one source as one text, in order.

    Raises:
        ExtractionError: there is no part, or two parts are the same text: then a server answered with one page for
            several addresses.

    """
    if not parts:
        raise ExtractionError(FailureKind.UNREADABLE, "no page to combine")
    if len({part.blocks for part in parts}) < len(parts):
        raise ExtractionError(FailureKind.NOT_A_POLICY, "two pages of the source hold the same text")
    blocks = tuple(block for part in parts for block in part.blocks)
    dates = [part.archived_at for part in parts if part.archived_at]
    return replace(parts[0], blocks=blocks, archived_at=max(dates, default=None))


def _is_binary(text: str) -> bool:
    sample = text[:4000]
    control = sum(1 for char in sample if (char < " " and char not in "\t\n\r\f\v\x1b") or char == "\ufffd")
    return control > _CONTROL_SHARE * len(sample)
