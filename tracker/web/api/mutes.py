"""What nobody is alerted of: mutes of topics."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Path
from pydantic import Field

from tracker.errors import UnknownSourceError, UsageError
from tracker.history.mutes import LONGEST_NOTE, mute_topics, unmute
from tracker.history.mutes import Muting as Wish
from tracker.history.steps import read_moment
from tracker.store.work.mutes import MuteEntry, mutes_in_force
from tracker.web.access import Reviewer
from tracker.web.api.answers import READING, WRITING, ApiRoute, Given, OfSource, Told, problems
from tracker.web.api.versions import key_of
from tracker.web.csrf import require_csrf
from tracker.web.parts import Parts, Reading
from tracker.words import Topic

router = APIRouter(route_class=ApiRoute, tags=["mutes"])

Number = Annotated[int, Path(ge=1, le=2**53, description="Number of a mute.", examples=[1])]


class Mute(Told):
    """A topic of which nobody is alerted."""

    id: int = Field(description="Its number.", examples=[1])
    source: str | None = Field(description="Id of the source it is of; null where it holds for every one.")
    topic: Topic = Field(description="What nobody is to hear of.")
    until: datetime | None = Field(description="Until when; null has no end.")
    by: str = Field(description="Who muted it.", examples=["dana"])
    note: str = Field(description="In their words.")
    at: datetime = Field(description="When.")


class MuteGiven(Given):
    """What to mute."""

    source: str | None = Field(
        default=None, max_length=200, description="Id of the source; null for every one.", examples=["acme-privacy"]
    )
    topics: list[Topic] = Field(min_length=1, max_length=50, description="What nobody is to hear of.")
    until: str | None = Field(
        default=None, max_length=40, description="Day from which alerts are sent again; null never.", examples=[None]
    )
    note: str = Field(default="", max_length=LONGEST_NOTE, description="In your words.")


@router.get("/mutes", responses=READING)
def list_mutes(session: Reading, parts: Parts, source: OfSource = None) -> list[Mute]:
    """List the mutes of topics in force, the latest first; of a source those that hold for all too."""
    key = key_of(session, source) if source is not None else None
    return [_told(entry) for entry in mutes_in_force(session, parts.clock.now(), source_key=key)]


@router.post("/mutes", responses=WRITING, status_code=201, dependencies=[Depends(require_csrf)])
def add_mute(parts: Parts, who: Reviewer, given: Annotated[MuteGiven, Body()]) -> list[Mute]:
    """Alert nobody of changes that are about nothing but some topics, of a source or of all."""
    until = read_moment(given.until, parts.settings.zone) if given.until is not None else None
    wish = Wish(who.name, tuple(dict.fromkeys(given.topics)), until, given.note)
    with parts.database.write() as session:
        rows = mute_topics(session, given.source, wish, parts.clock.now())
        return [_told(MuteEntry(row, given.source)) for row in rows]


@router.post("/mutes/{mute}/end", responses=WRITING | problems(409), dependencies=[Depends(require_csrf)])
def end_mute(parts: Parts, who: Reviewer, mute: Number) -> Mute:
    """End a mute, so that people are alerted again."""
    with parts.database.write() as session:
        try:
            return _told(unmute(session, mute, by=who.name, now=parts.clock.now()))
        except UnknownSourceError:
            raise
        except UsageError as error:
            raise HTTPException(409, str(error)) from None


def _told(entry: MuteEntry) -> Mute:
    return Mute.model_validate(entry.mute.model_dump() | {"source": entry.source})
