"""Which way bytes became text: part of an extraction's identity."""

import hashlib
from importlib import metadata

from lxml import etree

from tracker.compare.vocabulary.lexicons import active, cached
from tracker.extract.model import EXTRACTOR_VERSION

_PDF_READER = "pdfminer.six"


def _pdf_reader() -> str:
    try:
        return metadata.version(_PDF_READER)
    except metadata.PackageNotFoundError:
        return "none"


@cached(1)
def extractor_version() -> str:
    """Return what changes whenever the same bytes may give another text.

    That is this room's own version, then eight hexadecimal digits over the parsers of HTML and PDF and the words that
    tell a page's furniture, with the overlays in force.
    """
    parts = (
        f"lxml {etree.LXML_VERSION} libxml2 {etree.LIBXML_VERSION}",
        f"{_PDF_READER} {_pdf_reader()}",
        active().fingerprint_of("page_furniture.toml"),
    )
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{EXTRACTOR_VERSION}-{digest[:8]}"
