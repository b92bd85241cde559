"""Bytes of a source's pages become one document."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracker.compare.model import Document
from tracker.compare.text.clauses import cut
from tracker.compare.text.guard import speaks_of_no_policy
from tracker.counting import counted
from tracker.errors import ExtractionError
from tracker.extract import Format, combine, extract, sniff
from tracker.extract.model import Extracted
from tracker.fetch.model import Page
from tracker.sources.model import Source, SourcePage
from tracker.store.schema.tables import Snapshot
from tracker.words import FailureKind


@dataclass(frozen=True, slots=True)
class PageBody:
    """One page's bytes and what its headers say of them."""

    body: bytes
    media_type: str
    url: str
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The policy text of a source at one moment."""

    document: Document
    title: str
    region: str
    archived_at: str | None = None


def charset_of(content_type: str) -> str | None:
    """Return the charset parameter of a Content-Type header."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'").lower() or None
    return None


def body_of_page(page: Page) -> PageBody:
    """Return the bytes of a page just fetched."""
    content_type = page.header("content-type") or ""
    return PageBody(page.body, page.media_type, page.final_url, charset_of(content_type))


def body_of_snapshot(snapshot: Snapshot, payload: bytes) -> PageBody:
    """Return the bytes of a page stored earlier."""
    content_type = next((value for name, value in snapshot.headers if name.lower() == "content-type"), "")
    media_type = content_type.partition(";")[0].strip().lower()
    return PageBody(payload, media_type, snapshot.final_url, charset_of(content_type))


def read_source(source: Source, pages: Sequence[SourcePage], bodies: Sequence[PageBody]) -> Reading:
    """Extract and combine the pages of a source, in order.

    Raises:
        ExtractionError: a page holds no policy text, or all together fewer words than the source demands.

    """
    if len(bodies) == 1:
        extracted = _extract(pages[0], bodies[0])
    else:
        # A single page of several may be short; the sum decides.
        parts = [
            _extract(replace(page, rules=replace(page.rules, min_words=0)), body)
            for page, body in zip(pages, bodies, strict=True)
        ]
        extracted = combine(parts)
        wanted = max(page.rules.min_words for page in pages)
        if extracted.words < wanted:
            raise ExtractionError(
                FailureKind.NEEDS_RENDERING,
                f"{counted(extracted.words, 'word')} on {counted(len(bodies), 'page')}, at least {wanted} expected",
            )
    return Reading(
        document=cut(extracted.blocks, source.names),
        title=extracted.title,
        region=extracted.region,
        archived_at=extracted.archived_at,
    )


def is_page(body: PageBody) -> bool:
    """Return whether a browser could show more of it: HTML, neither PDF nor plain text."""
    return sniff(body.body, body.media_type, body.url) is Format.HTML


def unread_without_browser(source: Source, bodies: Sequence[PageBody]) -> list[int]:
    """Return the places of pages that show no document by themselves and may do so in a browser; none if all is well.

    Those are shells: too few words, or some words that ask for scripts; and pages in which the selectors find nothing.
    """
    try:
        reading = read_source(source, source.pages, bodies)
    except ExtractionError as error:
        if error.kind not in {FailureKind.NEEDS_RENDERING, FailureKind.NOTHING_SELECTED}:
            return []
    else:
        lines = [clause.text for clause in reading.document.clauses]
        said = speaks_of_no_policy(" ".join(lines), reading.title, lines)
        if said is None or said.reason != "script":
            return []
    pages = zip(source.pages, bodies, strict=True)
    return [place for place, (page, body) in enumerate(pages) if is_page(body) and _is_shell(page, body)]


def _is_shell(page: SourcePage, body: PageBody) -> bool:
    """Return whether a page by itself shows too little, and says nothing that explains it but that it wants scripts."""
    try:
        extracted = _extract(page, body)
    except ExtractionError as error:
        return error.kind is FailureKind.NEEDS_RENDERING or (
            error.kind is FailureKind.NOTHING_SELECTED and b"<script" in body.body.lower()
        )
    lines = [block.text for block in extracted.blocks]
    said = speaks_of_no_policy(" ".join(lines), extracted.title, lines)
    return said is not None and said.reason == "script"


def _extract(page: SourcePage, body: PageBody) -> Extracted:
    try:
        return extract(body.body, body.media_type, page.rules, url=body.url, charset=body.charset)
    except ExtractionError as error:
        raise _typed(error, page, body) from error


def _typed(error: ExtractionError, page: SourcePage, body: PageBody) -> ExtractionError:
    """Return a better name for a failure where the few words on the page say themselves what it is."""
    if error.kind is not FailureKind.NEEDS_RENDERING:
        return error
    try:
        short = extract(
            body.body, body.media_type, replace(page.rules, min_words=1), url=body.url, charset=body.charset
        )
    except ExtractionError:
        return error
    lines = [block.text for block in short.blocks]
    said = speaks_of_no_policy(" ".join(lines), short.title, lines)
    if said is None or said.reason == "script":
        return error  # a page that asks for a script may show the document once it is rendered
    kind = FailureKind.BLOCKED if said.reason in {"bot", "login"} else FailureKind.NOT_A_POLICY
    return ExtractionError(kind, f"{said.reason}: {said.detail}")
