"""How one capture of a collection is to be read."""

from dataclasses import replace

from tracker.daemon.checks.reading import charset_of
from tracker.daemon.imports.text_files import RULES_HASH
from tracker.daemon.imports.work import Body, NoText
from tracker.extract import Format, sniff
from tracker.extract.model import ExtractionRules
from tracker.fetch.model import Page
from tracker.sources.model import Source, extraction_hash

#: HTTP statuses from here on show no document.
LEAST_ERROR = 300


def body_to_read(source: Source, page: Page) -> tuple[Body, str]:
    """Return how a capture of a source is to be read, and the hash of the rules for that."""
    content_type = page.header("content-type") or ""
    charset, day = charset_of(content_type), page.captured_at.date()
    body = Body(page.body, page.media_type, page.final_url, charset, None, day, asked_url=page.url)
    if page.status >= LEAST_ERROR:
        return replace(body, why_not=NoText(f"error page (HTTP {page.status})")), RULES_HASH
    if sniff(page.body, page.media_type, page.final_url) is not Format.HTML:
        return replace(body, rules=ExtractionRules(min_words=1)), RULES_HASH
    pages = source.pages_at(day)
    if len(pages) > 1:
        why = "one of several pages of the source; all of one time would have to be read"
        return replace(body, why_not=NoText(why)), ""
    return replace(body, rules=pages[0].rules), extraction_hash(pages)
