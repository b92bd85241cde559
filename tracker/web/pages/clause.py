"""A clause of a source: every wording it ever had, with dates."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tracker.errors import UsageError
from tracker.history.lineage import lineage
from tracker.store.history.sources import source_row
from tracker.store.texts.clauses import clause_text, others_saying
from tracker.web.parts import Number, Reading
from tracker.web.redline import inline
from tracker.web.rendering import render

router = APIRouter()

#: Other sources told of that say the same.
MOST_OTHERS = 20


@router.get("/sources/{ident}/clauses/{clause_id}")
def show_clause(request: Request, session: Reading, ident: str, clause_id: Number) -> HTMLResponse:
    """Show a clause's wordings, the newest first."""
    row = source_row(session, ident)
    assert row.key is not None
    text = clause_text(session, clause_id)
    wordings = lineage(session, row.key, clause_id)
    if not wordings:
        raise UsageError(f"{row.id} never had clause {clause_id}")
    texts = {wording.clause_id: wording.text for wording in wordings}
    others = others_saying(session, clause_id, row.key, MOST_OTHERS + 1)
    return render(
        request,
        "clause.html",
        source=row,
        clause_id=clause_id,
        text=text,
        wordings=wordings[::-1],
        befores=[" ".join(texts.get(ident, "") for ident in wording.before) for wording in wordings[::-1]],
        others=others[:MOST_OTHERS],
        more=len(others) > MOST_OTHERS,
        inline=inline,
    )
