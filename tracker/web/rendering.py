"""Turns what a handler found into a page. Everything is escaped: what was fetched is hostile."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, StreamingResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from tracker import __version__
from tracker.counting import counted
from tracker.web.access import known_principal
from tracker.web.csrf import csrf_field
from tracker.web.parts import Links, runtime_of

#: The screens, in the order of the menu: title, path, template name it is marked as current by.
MENU = (
    ("Overview", "/"),
    ("Changes", "/changes"),
    ("Review", "/review"),
    ("Search", "/search"),
    ("Compare", "/compare"),
    ("Deadlines", "/deadlines"),
    ("Baselines", "/baselines"),
    ("Operator", "/operator"),
)


#: Signs that turn the direction of writing about, each with the one that turns it back.
_BACK = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys("\u2066\u2067\u2068", "\u2069")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")

#: Pieces of a page that are sent together.
_PIECES = 50


def render(request: Request, template: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page.

    Args:
        request: what is answered; the menu, the person and the time zone come from it.
        template: name of a file in `templates/`.
        status: of the answer.
        values: for the template.

    """
    return HTMLResponse(templates().get_template(template).render(_context(request), **values), status)


def render_stream(request: Request, template: str, /, **values: Any) -> StreamingResponse:
    """Return a page that is sent while it is made, as `render` makes it; for pages that may be very long."""
    pieces = templates().get_template(template).stream(_context(request), **values)
    pieces.enable_buffering(_PIECES)
    return StreamingResponse(pieces, media_type="text/html; charset=utf-8")


def _context(request: Request) -> dict[str, Any]:
    """Return what every page is given."""
    zone = runtime_of(request).settings.zone
    return {
        "request": request,
        "principal": known_principal(request),
        "menu": MENU,
        "current": f"/{request.url.path.split('/')[1]}",
        "moment": lambda at: _time(at, at.astimezone(zone).strftime("%Y-%m-%d %H:%M")),
        "day": lambda at: _time(at, f"{at.astimezone(zone) if isinstance(at, datetime) else at:%Y-%m-%d}"),
        "csrf": lambda: csrf_field(request),
    }


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Return the templates: escaped everywhere, and a name that is missing is an error."""
    environment = Environment(
        loader=PackageLoader("tracker.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=closed,
    )
    environment.globals |= {"links": Links, "version": __version__}
    environment.filters |= {"words": words_of, "listed": listed, "span": span_of, "counted": counted}
    return environment


def closed(value: Any) -> Any:
    """Return what a template writes; text that turns its direction about turns it back at its end.

    Else what we write after it, a mark or a quote, would stand elsewhere than it does, within the text even.
    """
    if not isinstance(value, str) or not _TURNS.search(value):
        return value
    open_turns: list[str] = []
    for sign in _TURNS.findall(value):
        if sign in _BACK:
            open_turns.append(_BACK[sign])
        elif sign in open_turns:
            # The end of an isolate ends what was turned about within it; the other end only what was turned last.
            del open_turns[len(open_turns) - 1 - open_turns[::-1].index(sign) :]
    return value + "".join(reversed(open_turns))


def words_of(name: str) -> str:
    """Return a word of the code as people read it: `third_party_sharing` becomes `third party sharing`."""
    return str(name).replace("_", " ")


def listed(names: Iterable[str]) -> str:
    """Return words of the code as a list that people read."""
    return ", ".join(words_of(name) for name in names)


def span_of(seconds: float) -> str:
    """Return a span of time as people say it: its largest unit of which there are at least two."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:,.0f} {unit}"
    return counted(round(seconds), "second")


def _time(at: datetime | date, shown: str) -> Markup:
    exact = at.astimezone(UTC).isoformat(timespec="seconds") if isinstance(at, datetime) else at.isoformat()
    return Markup('<time datetime="{}">{}</time>').format(exact, shown)
