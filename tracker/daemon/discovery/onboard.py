"""A first look at a document before it is followed: fetched twice, nothing stored, what is kept and dropped shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracker.compare.model import Block, BlockKind
from tracker.compare.text.guard import Suspicion, guard
from tracker.daemon.checks.arrivals import Arrival, read_all, request_for
from tracker.daemon.checks.reading import PageBody, Reading, body_of_page
from tracker.daemon.runtime import Runtime
from tracker.errors import ExtractionError
from tracker.extract import extract
from tracker.extract.model import ExtractionRules
from tracker.fetch.model import Page
from tracker.history.texts import stored_clauses
from tracker.sources.edit import NewEntry, suggest_id, suggest_type
from tracker.sources.model import Source, SourcePage
from tracker.store.texts.versions import text_hash


@dataclass(frozen=True, slots=True)
class PageLook:
    """What one page of a source gave."""

    url: str
    final_url: str
    media_type: str
    size: int  #: bytes of the body
    words_in_all: int  #: of everything the page shows
    dropped: tuple[str, ...]  #: blocks that are shown and not kept


@dataclass(frozen=True, slots=True)
class Look:
    """What a source would give if it were checked now."""

    source: Source
    pages: tuple[PageLook, ...]
    reading: Reading | None
    problem: str = ""  #: why nothing could be read
    steady: bool = True  #: the second fetch gave the same text
    suspicion: Suspicion | None = None

    @property
    def words(self) -> int:
        """Return the number of words kept."""
        return self.reading.document.words if self.reading else 0

    @property
    def headings(self) -> tuple[str, ...]:
        """Return the headings kept, in order."""
        clauses = self.reading.document.clauses if self.reading else ()
        return tuple(clause.text for clause in clauses if clause.kind is BlockKind.HEADING)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the clauses kept that are no headings, in order."""
        clauses = self.reading.document.clauses if self.reading else ()
        return tuple(clause.text for clause in clauses if clause.kind is not BlockKind.HEADING)

    @property
    def fine(self) -> bool:
        """Return whether the source can be followed as it is."""
        return self.reading is not None and self.steady and self.suspicion is None


def look_at(runtime: Runtime, source: Source) -> Look:
    """Fetch a source twice without storing anything and say what would be kept.

    Raises:
        FetchError: a page cannot be had, or needs a browser that is not there or fails.

    """
    first = _fetch(runtime, source)
    problem, reading = "", None
    try:
        reading = read_all(runtime, source, first)
    except ExtractionError as error:
        problem = f"{error.kind.value}: {error}"
    pages = tuple(_page_look(arrival.shown, told) for arrival, told in zip(first, source.pages, strict=True))
    if reading is None:
        return Look(source, pages, None, problem=problem)
    try:
        again = read_all(runtime, source, _fetch(runtime, source))
    except ExtractionError:
        steady = False
    else:
        steady = _hash(again) == _hash(reading)
    suspicion = guard(
        reading.document,
        title=reading.title,
        language=source.language,
        asked_url=first[0].page.url,
        final_url=first[0].shown.final_url,
    )
    return Look(source, pages, reading, steady=steady, suspicion=suspicion)


def draft_source(url: str, select: Sequence[str], remove: Sequence[str], language: str) -> Source:
    """Return a source for an address that is not in the sources file yet."""
    rules = ExtractionRules(select=tuple(select), remove=tuple(remove))
    return Source("new", "New source", "Privacy Policy", (SourcePage(url, rules),), language=language)


def draft_entry(look: Look, url: str, taken: Sequence[str], **told: str) -> NewEntry:
    """Return an entry for what was looked at; what `told` leaves empty (id, name, type, organisation) is suggested."""
    title = look.reading.title if look.reading else ""
    kind = told.get("type") or suggest_type(title, look.pages[0].final_url)
    organisation = told.get("organisation", "")
    ident = told.get("id") or suggest_id(organisation, kind, url, taken)
    return NewEntry(
        id=ident,
        name=told.get("name") or _name(title, organisation, kind, ident),
        type=kind,
        url=url,
        organisation=organisation,
    )


def _name(title: str, organisation: str, kind: str, ident: str) -> str:
    if organisation:
        return f"{organisation} {kind}"
    headline = " ".join(title.split())
    return headline if 0 < len(headline) <= 80 else ident.replace("-", " ").title()


def _fetch(runtime: Runtime, source: Source) -> list[Arrival]:
    return [Arrival(runtime.fetcher.fetch(request_for(source, page.url))) for page in source.pages]


def _hash(reading: Reading) -> str:
    return text_hash(stored_clauses(reading.document))


def _page_look(page: Page, told: SourcePage) -> PageLook:
    body = body_of_page(page)
    everything = _blocks(body, ExtractionRules(select=("body",), min_words=0))
    kept = {block.text for block in _blocks(body, replace(told.rules, min_words=0))}
    dropped = tuple(block.text for block in everything if block.text not in kept)
    words = sum(len(block.text.split()) for block in everything)
    return PageLook(page.url, page.final_url, page.media_type, len(page.body), words, dropped)


def _blocks(body: PageBody, rules: ExtractionRules) -> tuple[Block, ...]:
    try:
        return extract(body.body, body.media_type, rules, url=body.url, charset=body.charset).blocks
    except ExtractionError:
        return ()
