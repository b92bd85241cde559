"""Suspect texts: held back until they prove stable, then accepted and judged."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, select

from tracker.compare.model import Document
from tracker.compare.text.guard import Suspicion, is_doubtful, shared_on_host
from tracker.daemon.runtime import Runtime
from tracker.history.texts import stored_clauses
from tracker.hosts import host_of
from tracker.settings import Settings
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.tables import SourceRow
from tracker.store.texts.held import add_sights, sights_of
from tracker.store.texts.versions import text_hash
from tracker.store.work.noise import sources_showing

#: Other sources of a host that show the same doubtful text, from which on it is taken for the host's answer to all.
MOST_SHARING = 2


class Hold:
    """A held text as it stands after one more look."""

    def __init__(self, session: Session, row: HeldText) -> None:
        self._session = session
        self._row = row

    @property
    def accepted(self) -> bool:
        """Return whether it stayed the same long enough, or an operator released it."""
        return self._row.state in {"accepted", "released"}

    @property
    def times_seen(self) -> int:
        """Return how often it was seen in a row."""
        return self._row.times_seen

    @property
    def snapshot_ids(self) -> list[int]:
        """Return the snapshots that showed it so far."""
        return sights_of(self._session, self._row)

    def add_snapshots(self, snapshot_ids: Iterable[int]) -> None:
        """Remember the snapshots that showed it."""
        add_sights(self._session, self._row, snapshot_ids)


def hold_text(
    session: Session,
    source_key: int,
    text_sha256: str,
    suspicion: Suspicion,
    moment: datetime,
    settings: Settings,
) -> Hold:
    """Count one more sight of a suspect text; another text held before is let go.

    It is accepted once it was seen `held_checks` times over at least `held_days`, or once an operator released it.
    """
    rows = session.exec(
        select(HeldText).where(HeldText.source_key == source_key, HeldText.state.in_(("held", "released")))  # type: ignore[attr-defined]
    ).all()
    row = None
    for candidate in rows:
        if candidate.text_sha256 == text_sha256:
            row = candidate
        elif candidate.state == "held":
            candidate.state = "gone"
    if row is None:
        row = HeldText(
            source_key=source_key,
            text_sha256=text_sha256,
            reason=suspicion.reason,
            detail=suspicion.detail,
            first_seen_at=moment,
            last_seen_at=moment,
        )
        session.add(row)
    else:
        row.times_seen += 1
        row.last_seen_at = moment
    long_enough = row.last_seen_at - row.first_seen_at >= settings.held_span
    if row.state == "held" and row.times_seen >= settings.held_checks and long_enough:
        row.state = "accepted"
    return Hold(session, row)


def let_go(session: Session, source_key: int) -> None:
    """Mark what is held of a source as gone: a good text came."""
    for row in session.exec(select(HeldText).where(HeldText.source_key == source_key, HeldText.state == "held")):
        row.state = "gone"


def answer_to_everything(runtime: Runtime, row: SourceRow, document: Document) -> Suspicion | None:
    """Return the suspicion that a host answers every request with this text, None where nothing speaks for that.

    One policy that several sources share reads like a policy, and is none.
    """
    if not is_doubtful(document):
        return None
    assert row.key is not None
    host = host_of(row.url)
    with runtime.database.read() as session:
        sharing = sources_showing(session, host, text_hash(stored_clauses(document)), row.key)
    return shared_on_host(sharing, host) if sharing >= MOST_SHARING else None
