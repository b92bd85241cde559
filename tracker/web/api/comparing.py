"""Compares two texts that somebody sends, without storing anything."""

from datetime import date
from enum import StrEnum
from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException
from pydantic import Field

from tracker.compare import compare
from tracker.compare.model import Block
from tracker.errors import ExtractionError
from tracker.extract import ExtractionRules, extract
from tracker.web.api.answers import WRITING, ApiRoute, Given, problems

router = APIRouter(route_class=ApiRoute, tags=["comparing"])

#: Characters of a text; real policies are a tenth as long.
LONGEST_TEXT = 400_000

#: Comparisons at once: they keep a core busy for seconds, and the pages and the daemon want some too.
AT_ONCE = 2

#: Seconds after which to ask again.
PATIENCE = 5

_slots = BoundedSemaphore(AT_ONCE)


class Form(StrEnum):
    """What the texts are written in."""

    MARKDOWN = "markdown"
    HTML = "html"
    TEXT = "text"


MEDIA = {Form.MARKDOWN: "text/markdown", Form.HTML: "text/html", Form.TEXT: "text/plain"}


class Pair(Given):
    """Two texts of one document."""

    before: str = Field(max_length=LONGEST_TEXT, description="The earlier text.", examples=["We never sell data."])
    after: str = Field(max_length=LONGEST_TEXT, description="The later text.", examples=["We may sell your data."])
    format: Form = Field(default=Form.MARKDOWN, description="What both are written in.")
    names: list[Annotated[str, Field(max_length=200)]] = Field(
        default=[], max_length=20, description="Names of the organisation: a change of name alone is none of substance."
    )
    day: date | None = Field(
        default=None, alias="date", description="The day the later text was seen.", examples=["2026-03-01"]
    )


@router.post("/compare", responses=WRITING | problems(429))
def compare_texts(pair: Annotated[Pair, Body()]) -> dict[str, Any]:
    """Say what changed in meaning between two texts: the object that `tracker compare --json` prints."""
    if not _slots.acquire(blocking=False):
        raise HTTPException(429, "too many comparisons at once", headers={"Retry-After": str(PATIENCE)})
    try:
        before, after = (_blocks(text, MEDIA[pair.format]) for text in (pair.before, pair.after))
        names = tuple(name for name in pair.names if name.strip())
        return compare(before, after, names=names, captured_on=pair.day).to_json()
    except ExtractionError as error:
        raise HTTPException(400, str(error)) from None
    finally:
        _slots.release()


def _blocks(text: str, media: str) -> tuple[Block, ...]:
    """Return the blocks of one side; a blank one has none."""
    return extract(text.encode(), media, ExtractionRules(min_words=0)).blocks if text.strip() else ()
