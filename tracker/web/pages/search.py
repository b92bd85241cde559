"""Words over all clauses of all versions, with when they came and went."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from tracker.errors import UsageError
from tracker.history.steps import read_moment
from tracker.store.history.sources import chosen_keys, source_names
from tracker.store.schema.accents import fold, fold_with_places
from tracker.store.texts.search import Hit, Term, search, terms_of
from tracker.web.parts import Number, Parts, Reading
from tracker.web.rendering import render
from tracker.words import Topic

router = APIRouter()

#: Clauses on one page.
PAGE = 50


@router.get("/search")
def show_search(
    request: Request,
    session: Reading,
    parts: Parts,
    q: Annotated[str, Query(max_length=2_000)] = "",
    topic: str = "",
    source: str = "",
    tag: str = "",
    since: str = "",
    until: str = "",
    standing: Annotated[str, Query(pattern="^(|yes|no)$")] = "",
    before: Number | None = None,
) -> HTMLResponse:
    """Show what was found; a question that asks for nothing is told so above the empty form."""
    rows = source_names(session)
    tags = sorted({known for row in rows for known in row.tags})
    narrowed = {"topic": topic, "source": source, "tag": tag, "since": since, "until": until, "standing": standing}
    trouble = ""
    hits: list[Hit] = []
    terms: list[Term] = []
    if q.strip():
        try:
            terms = [term for group in terms_of(q) for term in group]
            hits = search(
                session,
                q,
                source_keys=chosen_keys(session, source.strip() or None, (tag,) if tag else ()),
                topics=_topics(topic),
                since=_moment(since, parts, end=False),
                until=_moment(until, parts, end=True),
                standing={"yes": True, "no": False}.get(standing),
                before_id=before,
                limit=PAGE + 1,
            )
        except UsageError as error:
            trouble = str(error)
    return render(
        request,
        "search.html",
        asked={"q": q, **narrowed},
        hits=hits[:PAGE],
        next_before=hits[PAGE - 1].clause_id if len(hits) > PAGE else None,
        trouble=trouble,
        sources=rows,
        tags=tags,
        topics=list(Topic),
        marked=lambda text: marked(text, terms),
    )


def marked(text: str, terms: list[Term]) -> Markup:
    """Return text with the words that were looked for marked, with whatever accents."""
    wanted = [_pattern(term) for term in terms if not term.denied]
    if not wanted:
        return escape(text)
    pieces, at = Markup(""), 0
    folded, places = fold_with_places(text)
    for match in re.finditer("|".join(wanted), folded, re.IGNORECASE):
        start, end = places[match.start()], places[match.end()]
        pieces += escape(text[at:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        at = end
    return pieces + escape(text[at:])


def _pattern(term: Term) -> str:
    words = r"\W+".join(re.escape(fold(word)) for word in term.words)
    return words if term.is_unspaced else rf"\b{words}{'' if term.prefix else chr(92) + 'b'}"


def _topics(name: str) -> int:
    """Return the mask of a topic, 0 for none."""
    if name and name not in set(Topic):
        raise UsageError(f"there is no topic {name!r}; choose one of the list")
    return Topic.mask([Topic(name)]) if name else 0


def _moment(text: str, parts: Parts, *, end: bool) -> datetime | None:
    return read_moment(text, parts.settings.zone, end=end) if text else None
