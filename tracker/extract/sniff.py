"""Which format a body has: by media type, file name and its first bytes."""

import re
from enum import StrEnum


class Format(StrEnum):
    """The formats that are read."""

    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"
    PDF = "pdf"


_MEDIA_TYPES = {
    "text/html": Format.HTML,
    "application/xhtml+xml": Format.HTML,
    "text/markdown": Format.MARKDOWN,
    "text/x-markdown": Format.MARKDOWN,
    "application/pdf": Format.PDF,
    "application/x-pdf": Format.PDF,
}
_SUFFIXES = {
    "html": Format.HTML,
    "htm": Format.HTML,
    "xhtml": Format.HTML,
    "md": Format.MARKDOWN,
    "markdown": Format.MARKDOWN,
    "pdf": Format.PDF,
}
_HTML_START = re.compile(
    rb"\s*(?:<!--.{0,5000}?-->\s*)*<(?:!doctype\s+html|html|head|body|\?xml|meta|title|div|main|article|p|h1)\b",
    re.I | re.S,
)
_HTML_TAG = re.compile(rb"<(?:html|body|div|p|h[1-6]|li|span|br)\b[^<>]{0,500}>", re.IGNORECASE)
_MARKDOWN_LINE = re.compile(
    rb"^(?:#{1,6} \S|={3,}\s*$|-{3,}\s*$|> \S|(?:\* {1,3}|\d+\. {1,3})\S)|\*\*[^*\n]+\*\*|\[[^\]\n]+\]\([^)\n]+\)",
    re.MULTILINE,
)


def sniff(body: bytes, media_type: str = "", name: str = "") -> Format:
    """Return the format of a body; `name` is a file name or an address.

    What the bytes are beyond doubt wins over what is declared: servers label PDF files and pages wrongly.
    """
    if body[:1024].lstrip().startswith(b"%PDF-"):
        return Format.PDF
    if declared := _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower()):
        return declared
    start = body[:20_000]
    if _HTML_START.match(start):
        return Format.HTML
    suffix = name.partition("?")[0].partition("#")[0].rpartition("/")[2].rpartition(".")[2].lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if len(_HTML_TAG.findall(start)) >= 5:
        return Format.HTML
    return Format.MARKDOWN if len(_MARKDOWN_LINE.findall(start)) >= 2 else Format.TEXT
