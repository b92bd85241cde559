"""Verdicts as they are stored: compressed against the clauses they speak of, which the store holds anyway.

A verdict quotes each clause that differs several times over. What one of the two versions shows and the other does not
is the prefix that it is compressed against, so a quotation takes a few bytes.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlmodel import Session

from tracker.errors import DamagedError
from tracker.store.schema.tables import Change
from tracker.store.texts.clause_texts import texts_of
from tracker.store.texts.compression import pack_json, unpack_json
from tracker.store.texts.layouts import clause_ids_in


def pack_verdict(session: Session, change: Change, verdict: dict[str, Any]) -> bytes:
    """Return what a verdict on a change, or an earlier one, is stored as; its versions are in the store."""
    return pack_json(verdict, _spoken_of(session, change, clause_ids_in(session, _versions(change))))


def unpack_verdict(session: Session, change: Change, data: bytes) -> dict[str, Any]:
    """Return a verdict on a change, or an earlier one.

    Raises:
        DamagedError: it is damaged, or what it was compressed against.

    """
    return _unpacked(session, change, data, clause_ids_in(session, _versions(change)))


def read_verdicts(session: Session, changes: Collection[Change]) -> dict[str, dict[str, Any]]:
    """Return the verdicts on many changes by their ids; they stay readable when the session is closed.

    Raises:
        DamagedError: one cannot be read, or a clause that it speaks of.

    """
    shown = clause_ids_in(session, {ident for change in changes for ident in _versions(change)})
    for change in changes:
        change.know(_unpacked(session, change, change.packed_verdict, shown))
    return {change.id: change.verdict for change in changes}


def unreadable_verdicts(session: Session, changes: Collection[Change]) -> dict[str, str]:
    """Return why the verdicts of some of many changes cannot be read, by their ids."""
    shown = clause_ids_in(session, {ident for change in changes for ident in _versions(change)})
    found = {}
    for change in changes:
        try:
            _unpacked(session, change, change.packed_verdict, shown)
        except DamagedError as error:
            found[change.id] = str(error)
    return found


def _versions(change: Change) -> tuple[int, int]:
    return change.before_version_id, change.after_version_id


def _unpacked(session: Session, change: Change, data: bytes, shown: Mapping[int, list[int]]) -> dict[str, Any]:
    try:
        return dict(unpack_json(data, _spoken_of(session, change, shown)))
    except (DamagedError, TypeError, ValueError) as error:
        try:
            # Where a text was damaged already, the verdict was left as it had been before there was a prefix.
            return dict(unpack_json(data))
        except (DamagedError, TypeError, ValueError):
            raise DamagedError(f"the verdict on change {change.id} cannot be read: {error}") from None


def _spoken_of(session: Session, change: Change, shown: Mapping[int, list[int]]) -> bytes:
    """Return the clauses that one of the texts of a change shows and the other does not: lost ones, then new ones."""
    for ident in _versions(change):
        if ident not in shown:
            raise DamagedError(f"version {ident} is missing or damaged")
    lost, new = (dict.fromkeys(shown[ident]) for ident in _versions(change))
    differing = [*(ident for ident in lost if ident not in new), *(ident for ident in new if ident not in lost)]
    texts = texts_of(session, differing)
    missing = [ident for ident in differing if ident not in texts]
    if missing:
        raise DamagedError(f"clause {missing[0]} is missing")
    return "\n".join(texts[ident] for ident in differing).encode()
