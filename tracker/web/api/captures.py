"""Captures exactly as received, and observations: what they showed when."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import Field
from sqlmodel import Session

from tracker.errors import PayloadRemoved
from tracker.store.history.paging import observation_page, snapshot_page, version_numbers
from tracker.store.schema import tables
from tracker.store.texts.snapshots import find_snapshot, read_payload
from tracker.web.api.answers import READING, ApiRoute, Cursor, Limit, Listed, SourceId, Told, next_link, problems
from tracker.web.api.versions import key_of
from tracker.web.parts import Reading
from tracker.words import Origin

router = APIRouter(route_class=ApiRoute, tags=["captures"])

Sequence = Annotated[int, Path(ge=1, le=2**31, description="Place in the source's chain, from 1.", examples=[1])]

#: Raw bytes are hostile: they are never shown in the browser, and could do nothing if they were.
_RAW = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}


class Snapshot(Told):
    """A capture; its bytes are at `payload`."""

    sequence: int = Field(description="Place in the source's chain, in order of arrival, from 1.")
    url: str = Field(description="Address asked for.", examples=["https://acme.example/privacy"])
    final_url: str = Field(description="Address that answered in the end.")
    status: int = Field(description="HTTP status.", examples=[200])
    origin: Origin = Field(description="Where it came from.")
    archive: str | None = Field(description="The archive's name.", examples=["wayback"])
    replay_url: str | None = Field(description="Where the archive plays it.")
    captured_at: datetime = Field(description="When the page looked like this.")
    arrived_at: datetime = Field(description="When it came into this store.")
    payload_sha256: str = Field(description="Hash of the bytes.")
    payload_size: int = Field(description="Bytes.", examples=[48211])
    chain_previous: str = Field(description="Hash of the link before; blank for the first.")
    chain_hash: str = Field(description="Hash of this link.")


class WholeSnapshot(Snapshot):
    """A capture with the headers it came with."""

    headers: list[list[str]] = Field(description="Name and value, in the order received.")
    redirects: list[dict[str, object]] = Field(description="Hops that were followed.")


class Observation(Told):
    """At this time the source showed this version."""

    observed_at: datetime = Field(description="When.")
    origin: Origin = Field(description="By whom it was seen.")
    archive: str | None = Field(description="The archive's name.")
    version: int = Field(description="Number of the version.")
    region: str | None = Field(description="From where it was asked for, where told.")
    language: str | None = Field(description="In which language it was asked for, where told.")


@router.get("/sources/{source}/snapshots", responses=READING)
def list_snapshots(
    request: Request, response: Response, session: Reading, source: SourceId, cursor: Cursor = None, limit: Limit = 50
) -> Listed[Snapshot]:
    """List the captures of a source, those that arrived last first."""
    page = snapshot_page(session, key_of(session, source), cursor=cursor, limit=limit)
    items = [Snapshot.model_validate(row) for row in page.items]
    return Listed[Snapshot](items=items, next=next_link(request, response, page.next))


@router.get("/sources/{source}/snapshots/{sequence}", responses=READING)
def read_snapshot(session: Reading, source: SourceId, sequence: Sequence) -> WholeSnapshot:
    """Return one capture with its headers."""
    return WholeSnapshot.model_validate(_found(session, source, sequence))


@router.get(
    "/sources/{source}/snapshots/{sequence}/payload",
    response_class=Response,
    responses=READING
    | problems(410)
    | {
        200: {
            "description": "The bytes as received.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def read_bytes(session: Reading, source: SourceId, sequence: Sequence) -> Response:
    """Return the bytes of a capture exactly as received, as an attachment."""
    row = _found(session, source, sequence)
    try:
        body = read_payload(session, row)
    except PayloadRemoved as error:
        raise HTTPException(410, str(error)) from None
    # Nothing that was fetched or typed gets into the name.
    name = f'attachment; filename="capture-{row.source_key}-{row.sequence}.bin"'
    return Response(body, media_type="application/octet-stream", headers={"Content-Disposition": name, **_RAW})


@router.get("/sources/{source}/observations", responses=READING)
def list_observations(
    request: Request, response: Response, session: Reading, source: SourceId, cursor: Cursor = None, limit: Limit = 50
) -> Listed[Observation]:
    """List when a source showed which version, the latest first."""
    key = key_of(session, source)
    page = observation_page(session, key, cursor=cursor, limit=limit)
    numbers = version_numbers(session, key)
    items = [
        Observation(
            observed_at=row.observed_at,
            origin=Origin(row.origin),
            archive=row.archive,
            version=numbers[row.version_id],
            region=row.region,
            language=row.language,
        )
        for row in page.items
    ]
    return Listed[Observation](items=items, next=next_link(request, response, page.next))


def _found(session: Session, source: str, sequence: int) -> tables.Snapshot:
    row = find_snapshot(session, key_of(session, source), sequence)
    if row is None:
        raise HTTPException(404, f"{source} has no capture {sequence}")
    return row
