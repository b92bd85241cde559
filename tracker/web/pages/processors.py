"""Sub-processor lists as a view of their own."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from tracker.history.processors import processors
from tracker.store.history.sources import source_row
from tracker.store.texts.search import search
from tracker.web.parts import Reading
from tracker.web.rendering import render

router = APIRouter()

#: What a text says that names its processors.
WORDS = 'subprocessor* OR subprocessors OR "sub processor" OR "sub processors" OR "data processors"'

#: Clauses looked through for sources that name processors.
MOST_CLAUSES = 200


@router.get("/processors")
def show_processors(
    request: Request, session: Reading, source: Annotated[str, Query(max_length=200)] = ""
) -> HTMLResponse:
    """Show who a source names, or which sources speak of processors."""
    row = source_row(session, source) if source else None
    found = processors(session, row) if row is not None else []
    speaking = {}
    if row is None:
        for hit in search(session, WORDS, standing=True, limit=MOST_CLAUSES):
            speaking.update({owner.id: owner for _, owner in hit.stood})
    return render(
        request,
        "processors.html",
        source=row,
        named=[one for one in found if one.gone_at is None],
        gone=[one for one in found if one.gone_at is not None],
        speaking=sorted(speaking.values(), key=lambda owner: owner.name.casefold()),
    )
