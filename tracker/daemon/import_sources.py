"""Which source the captures of a collection belong to."""

from dataclasses import replace

from tracker.daemon.imports import unlisted_source
from tracker.daemon.runtime import Runtime
from tracker.intake.model import Described
from tracker.sources.model import Source
from tracker.store.sources import find_source


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
