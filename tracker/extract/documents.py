"""One document in this process: its bytes become blocks, whatever they are. `extract` decides where that is done."""

from tracker.counting import counted
from tracker.errors import ExtractionError
from tracker.extract.decoding import decode
from tracker.extract.html import read_html
from tracker.extract.markdown import read_markdown
from tracker.extract.model import Extracted, ExtractionRules
from tracker.extract.pdf import read_pdf
from tracker.extract.sniff import Format
from tracker.extract.text import read_text
from tracker.words import FailureKind

_CONTROL_SHARE = 0.1  #: of control characters among the first ones, from which on a body is binary


def read_document(body: bytes, form: Format, rules: ExtractionRules, url: str, charset: str | None) -> Extracted:
    """Return the policy text of a body of a known format; see `extract`."""
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
    if not extracted.blocks or not extracted.holds_words(rules.min_words):
        kind = FailureKind.NEEDS_RENDERING if form is Format.HTML else FailureKind.UNREADABLE
        wanted = f", at least {rules.min_words} expected" if rules.min_words else ""
        raise ExtractionError(kind, f"{counted(extracted.words, 'word')} of text in the {form.value} document{wanted}")
    return extracted


def _is_binary(text: str) -> bool:
    sample = text[:4000]
    control = sum(1 for char in sample if (char < " " and char not in "\t\n\r\f\v\x1b") or char == "\ufffd")
    return control > _CONTROL_SHARE * len(sample)
