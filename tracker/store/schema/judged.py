"""Rows with a verdict: it lies packed in the row, and is read, or packed, where the row's session is at hand."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.orm import object_session
from sqlalchemy.orm.exc import DetachedInstanceError
from sqlmodel import Session

if TYPE_CHECKING:
    from tracker.store.schema.tables import Change

_NOT_PACKED = b""  #: stands in the column until the row is written
_KEPT = "_known_verdict"  #: in the row's own namespace: the packed bytes and the verdict that they hold


class Judged(ABC):
    """A row whose `verdict` is stored in `packed_verdict`, see `tracker.store.texts.verdicts`."""

    packed_verdict: bytes

    @property
    def verdict(self) -> dict[str, Any]:
        """Return the verdict as plain data; to be asked for the first time while the session that read the row is open.

        Raises:
            DamagedError: it cannot be read, or a clause that it speaks of.
            DetachedInstanceError: the session is closed.

        """
        known, verdict = self._kept
        packed = self.packed_verdict
        if packed == known:
            return dict(verdict)
        # It needs the tables, which need this.
        from tracker.store.texts.verdicts import unpack_verdict

        session = _session_of(self)
        verdict = unpack_verdict(session, self.judged_change(session), packed)
        self.know(verdict)
        return dict(verdict)

    @verdict.setter
    def verdict(self, verdict: dict[str, Any]) -> None:
        self.packed_verdict = _NOT_PACKED
        self.__dict__[_KEPT] = (_NOT_PACKED, verdict)

    def read_verdict(self) -> None:
        """Read the verdict now, for who asks for it when the session is closed; raises what `verdict` raises."""
        _ = self.verdict

    def know(self, verdict: dict[str, Any]) -> None:
        """Keep what `packed_verdict` holds, for who asks next."""
        self.__dict__[_KEPT] = (self.packed_verdict, verdict)

    @abstractmethod
    def judged_change(self, session: Session) -> "Change":
        """Return the change that the verdict is on."""

    def pack(self, session: Session) -> None:
        """Pack the verdict, unless it is."""
        if self.__dict__.get("packed_verdict") != _NOT_PACKED:
            return
        from tracker.store.texts.verdicts import pack_verdict

        _, verdict = self._kept
        self.packed_verdict = pack_verdict(session, self.judged_change(session), verdict)
        self.know(verdict)

    @property
    def _kept(self) -> tuple[bytes, dict[str, Any]]:
        """Return the packed bytes that were read or written last, and their verdict."""
        found: tuple[bytes, dict[str, Any]] = self.__dict__.get(_KEPT, (_NOT_PACKED, {}))
        return found


@event.listens_for(Session, "before_flush")
def _pack_all(session: Session, *_: Any) -> None:
    for row in (*session.new, *session.dirty):
        if isinstance(row, Judged):
            row.pack(session)


def _session_of(row: object) -> Session:
    session = object_session(row)
    if not isinstance(session, Session):
        raise DetachedInstanceError("the verdict of this row was not read while its session was open")
    return session
