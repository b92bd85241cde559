"""The list of changes, with every filter of `tracker changes`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from tracker.history.steps import read_moment
from tracker.store.history.history import ChangeFilter
from tracker.store.history.paging import change_page
from tracker.web.parts import Parts, Reading
from tracker.web.rendering import render
from tracker.words import ChangeState, Direction, Topic

router = APIRouter()

#: Changes on one page.
PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as it stands in the address."""

    source: Annotated[str, Query(max_length=200)] = ""
    tag: Annotated[str, Query(max_length=200)] = ""
    topic: Annotated[str, Query(max_length=40)] = ""
    severity: Annotated[Literal["", "none", "low", "medium", "high", "critical"], Query()] = ""
    direction: Annotated[Literal["", "weaker", "stronger", "neutral", "mixed"], Query()] = ""
    state: Annotated[Literal["", "history", "awaiting", "confirmed", "flapping", "superseded"], Query()] = ""
    since: Annotated[str, Query(max_length=40)] = ""
    until: Annotated[str, Query(max_length=40)] = ""
    show: Annotated[Literal["material", "all"], Query()] = "material"

    def wanted(self, parts: Parts) -> ChangeFilter:
        """Return it as the store takes it."""
        zone = parts.settings.zone
        return ChangeFilter(
            since=read_moment(self.since, zone) if self.since else None,
            until=read_moment(self.until, zone, end=True) if self.until else None,
            source=self.source or None,
            tags=(self.tag,) if self.tag else (),
            topics=(self.topic,) if self.topic in set(Topic) else (),
            severity=self.severity or None,
            directions=(self.direction,) if self.direction else (),
            states=(self.state,) if self.state else (),
            material=self.show == "material",
        )

    def parameters(self) -> dict[str, str]:
        """Return it as parameters of an address."""
        return {name: getattr(self, name) for name in self.__slots__}


@router.get("/changes")
def show_changes(
    request: Request,
    session: Reading,
    parts: Parts,
    asked: Annotated[Asked, Depends()],
    cursor: str | None = None,
) -> HTMLResponse:
    """Show changes, the newest first."""
    page = change_page(session, asked.wanted(parts), cursor=cursor, limit=PAGE)
    return render(
        request,
        "changes.html",
        entries=page.items,
        next_cursor=page.next,
        asked=asked.parameters(),
        topics=list(Topic),
        directions=list(Direction),
        states=list(ChangeState),
    )
