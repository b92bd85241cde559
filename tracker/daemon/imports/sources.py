"""Which source the captures of a collection belong to."""

from collections.abc import Callable
from dataclasses import replace

from tracker.daemon.imports.text_files import unlisted_source
from tracker.daemon.runtime import Runtime
from tracker.hosts import page_of
from tracker.intake.model import Described
from tracker.sources.model import Source
from tracker.store.history.sources import all_sources, find_source


def source_for(runtime: Runtime, document: Described) -> Source:
    """Return the source of a document: one of the sources file, one that only the store knows, or one made of it.

    A source of the file fits by its id, by organisation and type of document, or by its address.
    """
    listed = _listed(runtime, document)
    if listed is not None:
        return listed
    with runtime.database.read() as session:
        for ident in (document.id, *document.formerly):
            row = find_source(session, ident)
            if row is not None:
                kept = unlisted_source(row.id, row.name, row.organisation, row.document_type, row.language, row.url)
                # It was imported under its former name; the history goes on under the new one.
                return kept if ident == document.id else replace(_made(document), formerly=(ident,))
    return _made(document)


def _made(document: Described) -> Source:
    return unlisted_source(
        document.id, document.name, document.organisation, document.document_type, "en", document.url
    )


def _listed(runtime: Runtime, document: Described) -> Source | None:
    found = runtime.sources_file.source(document.id)
    if found is not None:
        return found
    named = (document.organisation.casefold(), document.document_type)
    for source in runtime.sources_file.sources:
        if document.organisation and (source.organisation.casefold(), source.document_type) == named:
            return source
    if not document.url:
        return None
    return next(
        (source for source in runtime.sources_file.sources if [page.url for page in source.pages] == [document.url]),
        None,
    )


class AddressBook:
    """Finds the source whose page an address is, whatever the scheme, a `www.` before the host or a slash at the end.

    Args:
        runtime: with the sources file, whose former addresses count too, and the store with the sources that only it
            knows.

    """

    def __init__(self, runtime: Runtime) -> None:
        self._known: dict[str, tuple[Described, str]] = {}
        with runtime.database.read() as session:
            for row in all_sources(session, state="archived"):
                self._add(row.id, row.name, row.url)
        for source in runtime.sources_file.sources:
            for pages in (*(past.pages for past in source.earlier), source.pages):
                for page in pages:
                    self._add(source.id, source.name, page.url)

    def document_at(self, url: str) -> tuple[Described, str] | None:
        """Return the document at an address, and the address as its source has it; None where there is none."""
        return self._known.get(page_of(url))

    def _add(self, ident: str, name: str, url: str) -> None:
        if url:
            self._known[page_of(url)] = Described(ident, name, url=url), url


def one_address(ident: str, url: str | None) -> Callable[[str], tuple[Described, str] | None]:
    """Return what finds one source at one address, or at every address where none is given."""
    document = Described(ident, ident, url=url or "")
    wanted = None if url is None else page_of(url)

    def document_at(told: str) -> tuple[Described, str] | None:
        return (document, url or told) if wanted in {None, page_of(told)} else None

    return document_at
