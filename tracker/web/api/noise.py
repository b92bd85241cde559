"""What moves on pages without being news, and what is held back as suspect; decided on by people."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Path
from pydantic import Field

from tracker.errors import UnknownSourceError, UsageError
from tracker.history.noise import Noise as Found
from tracker.history.noise import VariantKind, Will, decide_on_spot, noise_of
from tracker.history.noise import release as let_through
from tracker.store.history.sources import source_row
from tracker.store.schema.noise_tables import VolatileBlock
from tracker.store.work.operations import HeldEntry, held_texts
from tracker.web.access import Reviewer
from tracker.web.api.answers import READING, WRITING, ApiRoute, Given, SourceId, Told, problems
from tracker.web.csrf import require_csrf
from tracker.web.parts import Parts, Reading

router = APIRouter(route_class=ApiRoute, tags=["noise"])

Number = Annotated[int, Path(ge=1, le=2**53, description="Its number.", examples=[1])]


class Variant(Told):
    """One of the texts that an unstable source shows in turn."""

    version: int = Field(description="Number of the version.", examples=[3])
    kind: VariantKind = Field(description="What tells it from the others.")
    tells: str = Field(description="The language, or the regions that it alone names; may be blank.")
    sample: str = Field(description="The first words that it alone says; may be blank.")
    runs: int = Field(description="How often the page came to show it since it flips.", examples=[4])
    last_seen: datetime = Field(description="When it was last seen.")


class Block(Told):
    """A spot of the page that reads differently from check to check, or did lately."""

    block: int = Field(description="Its number.", examples=[1])
    state: str = Field(
        description="`watched`: moved lately; `learnt`: moves all the time; `pinned` or `never`: as a person said.",
        examples=["learnt"],
    )
    kind: str = Field(description="`numbers`: told by its words; `place`: by what stands around it.")
    section: str = Field(description="The nearest heading above it; may be blank.")
    sample: str = Field(description="What it displayed last.")
    moved_in: int = Field(description="In how many of the last checks it read otherwise than in the one before.")
    of_checks: int = Field(description="How many checks these are.")
    times_moved: int = Field(description="How often it moved in all.")
    first_moved_at: datetime = Field(description="When it was first seen to move.")
    last_moved_at: datetime = Field(description="When it last moved.")
    set_by: str = Field(description="Who pinned it, or said that it never is volatile; else blank.")


class Noise(Told):
    """What moves on the page of a source."""

    source: str = Field(description="Id of the source.", examples=["acme-privacy"])
    unstable_since: datetime | None = Field(description="Since when it flips between known texts; null if it does not.")
    quiet_checks: int = Field(description="While it is unstable: checks in a row that found the same text.")
    variants: list[Variant] = Field(description="The texts it shows in turn, those seen last first.")
    blocks: list[Block] = Field(description="Spots that moved lately, or of which a person spoke.")


class Deciding(Given):
    """What a person says of a spot."""

    block: str = Field(
        min_length=1,
        max_length=500,
        description="Number of a spot that moved, or words that one clause of the latest text holds.",
        examples=["1"],
    )
    will: Will = Field(description="`pin`: it is volatile; `never`: it is text like any other; `learn`: forget both.")


class Held(Told):
    """A text that was held back as suspect."""

    held: int = Field(description="Its number.", examples=[1])
    source: str = Field(description="Id of its source.", examples=["acme-privacy"])
    reason: str = Field(description="Name of the guard that held it.", examples=["shrank"])
    detail: str = Field(description="Why, in words.")
    first_seen_at: datetime = Field(description="When it was first seen.")
    last_seen_at: datetime = Field(description="When it was last seen.")
    times_seen: int = Field(description="How often it was seen in a row.")


@router.get("/sources/{source}/noise", responses=READING)
def read_noise(session: Reading, source: SourceId) -> Noise:
    """Tell what moves on the page of a source without being news."""
    return _noise(noise_of(session, source_row(session, source)))


@router.post("/sources/{source}/noise", responses=WRITING | problems(409), dependencies=[Depends(require_csrf)])
def decide(parts: Parts, who: Reviewer, source: SourceId, deciding: Annotated[Deciding, Body()]) -> Block:
    """Say of a spot that it is volatile, that it never is, or that it is to be learnt again."""
    with parts.database.write() as session:
        try:
            found = decide_on_spot(session, source, deciding.block, deciding.will, by=who.name, now=parts.clock.now())
        except UnknownSourceError:
            raise
        except UsageError as error:
            raise HTTPException(409, str(error)) from None
        return _block(found)


@router.get("/held", responses=READING)
def list_held(session: Reading) -> list[Held]:
    """List the texts that are held back as suspect, those held longest first."""
    return [_held(one) for one in held_texts(session)]


@router.post("/held/{held}/release", responses=WRITING | problems(409), dependencies=[Depends(require_csrf)])
def release_held(parts: Parts, who: Reviewer, held: Number) -> Held:
    """Let a held text through; the next check that shows it accepts and judges it."""
    with parts.database.write() as session:
        try:
            return _held(let_through(session, held, by=who.name, now=parts.clock.now()))
        except UsageError as error:
            raise HTTPException(409, str(error)) from None


def _noise(found: Found) -> Noise:
    return Noise(
        source=found.source.id,
        unstable_since=found.source.unstable_since,
        quiet_checks=found.source.quiet_checks,
        variants=[
            Variant(
                version=one.number,
                kind=one.kind,
                tells=one.tells,
                sample=one.sample,
                runs=one.runs,
                last_seen=one.last_seen,
            )
            for one in found.variants
        ],
        blocks=[_block(row) for row in found.blocks],
    )


def _block(row: VolatileBlock) -> Block:
    told = row.model_dump() | {"block": row.id, "moved_in": row.recent.bit_count(), "of_checks": row.checks}
    return Block.model_validate({name: told[name] for name in Block.model_fields})


def _held(entry: HeldEntry) -> Held:
    told = entry.held.model_dump() | {"held": entry.held.id, "source": entry.source.id}
    return Held.model_validate({name: told[name] for name in Held.model_fields})
