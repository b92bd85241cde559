"""How the clauses of a version stand: ids and shapes, column by column, against another text of the source."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from tracker.errors import DamagedError
from tracker.store.database import chunked
from tracker.store.schema.tables import Version
from tracker.store.texts.compression import pack_json, unpack_json, unpacked

#: Clause id, kind, level, marker, block, cells, header.
_COLUMNS = 7
_OPENING = '{"columns":['
#: A text stands against an earlier one where that takes at most such a part of what it takes alone; else it stands
#: alone, and later ones against it.
_WORTHWHILE = 0.5


class Base(NamedTuple):
    """The version against which later texts of its source are kept; its own layout stands alone."""

    version_id: int
    plain: bytes = b""  #: its layout


class PackedLayout(NamedTuple):
    """A layout as it is stored."""

    data: bytes
    base_id: int | None = None


def base_of(session: Session, source_key: int) -> Base | None:
    """Return what the next text of a source is kept against; None where it has none yet, or a damaged one."""
    query = select(Version).where(Version.source_key == source_key).order_by(col(Version.id).desc()).limit(1)
    last = session.exec(query).first()
    base = last if last is None or last.layout_base_id is None else session.get(Version, last.layout_base_id)
    if base is None or base.id is None:
        return None
    try:
        return Base(base.id, unpacked(base.layout))
    except DamagedError:
        return None


def pack_layout(rows: Sequence[Sequence[Any]], base: Base | None = None) -> PackedLayout:
    """Return the rows of a layout compressed; `unpack_layout` gives them back.

    They are kept column by column, ids and blocks as steps from one to the next: neighbours resemble each other.
    """
    ids, kinds, levels, markers, blocks, cells, headers = zip(*rows, strict=True) if rows else ((),) * _COLUMNS
    found = {"columns": [_steps(ids), kinds, levels, markers, _steps(blocks), cells, headers]}
    alone = pack_json(found)
    if base is not None:
        against = pack_json(found, base.plain)
        if len(against) <= len(alone) * _WORTHWHILE:
            return PackedLayout(against, base.version_id)
    return PackedLayout(alone)


def unpack_layout(data: bytes, base: bytes = b"") -> list[list[Any]]:
    """Return the rows of a layout: clause id, kind, level, marker, block, cells, header.

    Args:
        data: as it is stored.
        base: the plain layout that it is kept against, if any.

    Raises:
        DamagedError: it is no layout, or the base is another.

    """
    try:
        ids, kinds, levels, markers, blocks, cells, headers = unpack_json(data, base)["columns"]
        places = accumulate(ids), kinds, levels, markers, accumulate(blocks), cells, headers
        return list(map(list, zip(*places, strict=True)))
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(f"no layout: {error}") from None


def read_layout(session: Session, version: Version) -> list[list[Any]]:
    """Return the rows of a version's layout, see `unpack_layout`.

    Raises:
        DamagedError: it is damaged, or the one it is kept against.

    """
    try:
        return unpack_layout(version.layout, _base(session, version))
    except DamagedError as error:
        raise DamagedError(f"version {version.id}: its layout is damaged: {error}") from None


def clause_ids_of(session: Session, version: Version) -> list[int]:
    """Return the ids of a version's clauses in reading order; raises DamagedError as `read_layout` does."""
    try:
        return _ids(version.layout, _base(session, version))
    except DamagedError as error:
        raise DamagedError(f"version {version.id}: its layout is damaged: {error}") from None


def clause_ids_in(session: Session, version_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the ids of the clauses of many versions in reading order; what is missing or damaged is left out."""
    query = select(Version.id, Version.layout, Version.layout_base_id)
    rows: list[tuple[int | None, bytes, int | None]] = []
    for part in chunked(sorted(version_ids)):
        rows += session.exec(query.where(col(Version.id).in_(part)))
    bases: dict[int | None, bytes] = {}
    beside = select(Version.id, Version.layout)
    for part in chunked(sorted({base for *_, base in rows if base is not None})):
        bases |= dict(session.exec(beside.where(col(Version.id).in_(part))).all())
    found = {}
    for ident, layout, base in rows:
        with suppress(DamagedError, KeyError):
            found[ident or 0] = _ids(layout, b"" if base is None else unpacked(bases[base]))
    return found


def _ids(layout: bytes, base: bytes) -> list[int]:
    plain = unpacked(layout, base)
    try:
        # They come first, so that the rest need not be read.
        told = plain.decode()
        steps, _ = json.JSONDecoder().raw_decode(told, told.index(_OPENING) + len(_OPENING))
        return list(accumulate(steps))
    except (TypeError, ValueError) as error:
        raise DamagedError(f"no layout: {error}") from None


def _base(session: Session, version: Version) -> bytes:
    """Return the layout that a version's is kept against, nothing where it stands alone."""
    if version.layout_base_id is None:
        return b""
    base = session.get(Version, version.layout_base_id)
    if base is None:
        raise DamagedError(f"version {version.layout_base_id}, against which it is kept, is missing")
    return unpacked(base.layout)


def _steps(numbers: Sequence[int]) -> list[int]:
    return [number - before for before, number in pairwise((0, *numbers))]
