"""Bytes of a page, file or capture become blocks of policy text.

    extract(body, "text/html", ExtractionRules(select=("main",)))

HTML, PDF, plain text and Markdown are read; see `extract` and `combine`.
"""

from collections.abc import Sequence
from dataclasses import replace

from tracker.errors import ExtractionError
from tracker.extract import apart
from tracker.extract.documents import read_document
from tracker.extract.model import Extracted, ExtractionRules, Range, Selection
from tracker.extract.sniff import Format, sniff
from tracker.words import FailureKind

__all__ = ["Extracted", "ExtractionRules", "Format", "Range", "Selection", "combine", "extract", "sniff"]

#: Bytes of HTML from which on it is read in a process of its own, as every PDF is.
LARGE_HTML = 3_000_000


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
            binary, encrypted, without a text layer, or another document with too few words), or `too_complex` (it took
            more time or memory than a document may).

    """
    if not body.strip(b"\0 \t\r\n"):
        raise ExtractionError(FailureKind.UNREADABLE, "the document is empty")
    form = sniff(body, media_type, url)
    if form is Format.PDF or (form is Format.HTML and len(body) > LARGE_HTML):
        return apart.READERS.read(body, form, rules, url, charset)
    return read_document(body, form, rules, url, charset)


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
