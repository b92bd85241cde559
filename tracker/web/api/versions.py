"""Versions of a source: when each text stood, and the text itself."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field
from sqlmodel import Session

from tracker.errors import UsageError
from tracker.extract.writing import write_markdown
from tracker.history.blame import BlamedClause, blame
from tracker.history.steps import version_named
from tracker.history.texts import stored_blocks
from tracker.store.history.history import VersionEntry
from tracker.store.history.paging import version_page
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import SourceRow
from tracker.store.texts.versions import clauses_of
from tracker.web.api.answers import (
    READING,
    ApiRoute,
    Cursor,
    Limit,
    Listed,
    SourceId,
    Told,
    VersionName,
    form_wanted,
    next_link,
    problems,
)
from tracker.web.parts import Parts, Reading
from tracker.words import Topic

router = APIRouter(route_class=ApiRoute, tags=["versions"])


class Form(StrEnum):
    """In which form a text is told."""

    JSON = "json"
    MARKDOWN = "markdown"
    PLAIN = "plain"


MEDIA = {Form.JSON: "application/json", Form.MARKDOWN: "text/markdown", Form.PLAIN: "text/plain"}


class Version(Told):
    """A distinct text of a source, numbered from 1 in the order the texts were first seen."""

    number: int = Field(description="Its number; one that is filled in from the past moves those after it.")
    text_sha256: str = Field(description="Hash of the text: the name that never moves.", examples=["9f86d081884c7d65"])
    first_seen: datetime = Field(description="First observation that showed it.")
    last_seen: datetime = Field(description="Last one.")
    observations: int = Field(description="How many there are.")
    origins: list[str] = Field(description="Where they came from: live, archive, import.", examples=[["live"]])
    clauses: int = Field(description="Clauses of the text.")
    words: int = Field(description="Words displayed.")
    language: str = Field(description="Language it is in.", examples=["en"])
    stated_date: str | None = Field(description="Day of its own `last updated` line.", examples=["2026-03-01"])
    effective_date: str | None = Field(description="Day of its own `effective` line.")


class Clause(Told):
    """A clause of a text, and since when it stands."""

    id: int | None = Field(description="Its id: the same words have the same one in every source.")
    kind: str = Field(description="Of its block: heading, paragraph, item, row ...", examples=["paragraph"])
    level: int = Field(description="Of a heading 1 to 6, of an item its depth from 1, else 0.")
    marker: str = Field(description="Numbering or bullet as displayed.", examples=["1."])
    block: int = Field(description="Place of its block in the text, from 0.")
    text: str = Field(description="As displayed.", examples=["We do not sell your personal information."])
    cells: list[str] = Field(description="Of a row of a table.")
    header: list[str] = Field(description="Of the table it stands in.")
    topics: list[Topic] = Field(description="What it speaks of.")
    since: datetime | None = Field(description="The first observation of this stretch; null where not worked out yet.")
    change: str | None = Field(description="The change that brought it; null where it was there from the first on.")


class Text(Version):
    """A version with its clauses in reading order."""

    source: str = Field(description="Id of the source.")
    text: list[Clause] = Field(description="The clauses.")


@router.get("/sources/{source}/versions", responses=READING)
def list_versions(
    request: Request, response: Response, session: Reading, source: SourceId, cursor: Cursor = None, limit: Limit = 50
) -> Listed[Version]:
    """List the versions of a source by number, without their texts."""
    page = version_page(session, key_of(session, source), cursor=cursor, limit=limit)
    items = [Version.model_validate(line) for line in page.items]
    return Listed[Version](items=items, next=next_link(request, response, page.next))


@router.get("/sources/{source}/versions/{version}", responses=READING)
def read_version(session: Reading, parts: Parts, source: SourceId, version: VersionName) -> Version:
    """Return one version without its text."""
    return Version.model_validate(_told(named(session, parts, source_row(session, source), version)))


@router.get(
    "/sources/{source}/versions/{version}/text",
    response_model=Text,
    responses=READING
    | problems(406)
    | {
        200: {
            "description": "The text.",
            "content": {media: {"schema": {"type": "string"}} for media in (MEDIA[Form.MARKDOWN], MEDIA[Form.PLAIN])},
        }
    },
)
def read_text(
    request: Request,
    session: Reading,
    parts: Parts,
    source: SourceId,
    version: VersionName,
    form: Annotated[Form | None, Query(alias="format", description="In this form, whatever `Accept` says.")] = None,
) -> Text | PlainTextResponse:
    """Return the text of a version as clauses, as Markdown or as plain text."""
    row = source_row(session, source)
    entry = named(session, parts, row, version)
    wanted = form_wanted(request, form, MEDIA)
    if wanted is Form.JSON:
        clauses = [_clause(one) for one in blame(session, row, entry)]
        return Text.model_validate(_told(entry) | {"source": row.id, "text": clauses})
    blocks = stored_blocks(clauses_of(session, entry.version))
    if wanted is Form.MARKDOWN:
        return PlainTextResponse(write_markdown(blocks), media_type=MEDIA[wanted])
    told = "\n\n".join(f"{block.marker} {block.text}".strip() for block in blocks)
    return PlainTextResponse(f"{told}\n", media_type=MEDIA[wanted])


def key_of(session: Session, ident: str) -> int:
    """Return the key of a source.

    Raises:
        UnknownSourceError: no source has this id.

    """
    key = source_row(session, ident).key
    assert key is not None
    return key


def named(session: Session, parts: Parts, row: SourceRow, name: str) -> VersionEntry:
    """Return the version that a name stands for.

    Raises:
        HTTPException: 404 where it stands for none.

    """
    try:
        return version_named(session, row, name, parts.settings.zone)
    except (UsageError, ValueError) as error:
        raise HTTPException(404, str(error)) from None


def _told(entry: VersionEntry) -> dict[str, object]:
    names = ("text_sha256", "clauses", "words", "language", "stated_date", "effective_date")
    return {name: getattr(entry.version, name) for name in names} | {
        "number": entry.number,
        "first_seen": entry.first_seen,
        "last_seen": entry.last_seen,
        "observations": entry.observations,
        "origins": list(entry.origins),
    }


def _clause(one: BlamedClause) -> Clause:
    shape = one.clause
    return Clause(
        id=one.clause_id,
        kind=shape.kind,
        level=shape.level,
        marker=shape.marker,
        block=shape.block,
        text=shape.text,
        cells=list(shape.cells),
        header=list(shape.header),
        topics=list(one.topics),
        since=one.since,
        change=one.change_id,
    )
