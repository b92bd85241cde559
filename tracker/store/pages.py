"""Validators of a source's pages, for conditional requests."""

from sqlmodel import Session, select

from tracker.store.tables import PageState


def page_state(session: Session, source_key: int, url: str) -> PageState | None:
    """Return what is remembered of a page; its `snapshot_id` is None where the body is gone."""
    query = select(PageState).where(PageState.source_key == source_key, PageState.url == url)
    return session.exec(query).first()


def remember_page(
    session: Session, source_key: int, url: str, *, etag: str | None, last_modified: str | None, snapshot_id: int
) -> PageState:
    """Remember the validators a page came with, in place of those before, and the snapshot that holds its body."""
    state = page_state(session, source_key, url) or PageState(source_key=source_key, url=url)
    state.etag = etag
    state.last_modified = last_modified
    state.snapshot_id = snapshot_id
    session.add(state)
    session.flush()
    return state
