"""The pages of a source as they come: plain, and as a browser shows them where that is needed to read them."""

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass, replace

from tracker.daemon.checks.reading import (
    PageBody,
    Reading,
    body_of_page,
    body_of_snapshot,
    is_page,
    read_source,
    unread_without_browser,
)
from tracker.daemon.runtime import Runtime
from tracker.errors import ExtractionError, FetchError
from tracker.fetch.browser import lacking
from tracker.fetch.model import FetchRequest, Page
from tracker.sources.model import Source
from tracker.store.schema.tables import Snapshot, SourceRow
from tracker.store.texts.snapshots import read_payload
from tracker.store.work.pages import page_state
from tracker.words import FailureKind, Render


@dataclass(frozen=True, slots=True)
class Arrival:
    """A page as it came, or the stored snapshot that a 304 says is still right; and as a browser showed it."""

    page: Page
    unchanged_snapshot: int | None = None
    rendered: Page | None = None

    @property
    def shown(self) -> Page:
        """Return the page that is read."""
        return self.rendered or self.page


def fetch_all(runtime: Runtime, source: Source, row: SourceRow, arrivals: MutableSequence[Arrival]) -> None:
    """Add the pages of a source in order; of one that did not change, the host need not send it again.

    Raises:
        FetchError: a page did not come; those before it are there.

    """
    assert row.key is not None
    for page in source.pages:
        with runtime.database.read() as session:
            known = page_state(session, row.key, page.url)
        # Without the stored snapshot a 304 would say nothing, so then the whole page is asked for.
        usable = known if known is not None and known.snapshot_id is not None else None
        with runtime.database.read() as session:
            led_to = session.get_one(Snapshot, usable.snapshot_id).final_url if usable else None
        request = replace(
            request_for(source, page.url),
            etag=usable.etag if usable else None,
            last_modified=usable.last_modified if usable else None,
            validated_url=led_to,
        )
        answer = runtime.fetcher.fetch(request)
        snapshot_id = usable.snapshot_id if answer.not_modified and usable else None
        arrivals.append(Arrival(answer, snapshot_id))


def request_for(source: Source, url: str) -> FetchRequest:
    """Return the request of one page of a source, whatever is known of it."""
    return FetchRequest(url=url, language=source.language, obey_robots=source.obey_robots)


def read_all(runtime: Runtime, source: Source, arrivals: MutableSequence[Arrival]) -> Reading:
    """Return what the pages of a source say; those that say it in a browser alone are rendered, and replaced.

    A page that the host says did not change may show another text all the same: what its scripts fetch may have.

    Raises:
        ExtractionError: they hold no policy text, in a browser neither.
        FetchError: a browser is needed, and there is none or it fails.

    """
    mode = source.render or Render(runtime.settings.render)
    bodies = _bodies(runtime, arrivals)
    if mode is Render.ALWAYS:
        wanted = [place for place, body in enumerate(bodies) if is_page(body)]
        _render(runtime, source, arrivals, bodies, wanted)
        return read_source(source, source.pages, bodies)
    if mode is Render.NEVER or runtime.renderer is None:
        return read_source(source, source.pages, bodies)
    wanted = unread_without_browser(source, bodies)
    if not wanted:
        return read_source(source, source.pages, bodies)
    _render(runtime, source, arrivals, bodies, wanted)
    try:
        return read_source(source, source.pages, bodies)
    except ExtractionError as error:
        raise ExtractionError(error.kind, f"{error}, in a browser too") from error


def _bodies(runtime: Runtime, arrivals: Sequence[Arrival]) -> list[PageBody]:
    bodies: list[PageBody] = []
    for arrival in arrivals:
        if arrival.unchanged_snapshot is None:
            bodies.append(body_of_page(arrival.page))
            continue
        with runtime.database.read() as session:
            snapshot = session.get_one(Snapshot, arrival.unchanged_snapshot)
            bodies.append(body_of_snapshot(snapshot, read_payload(session, snapshot)))
    return bodies


def _render(
    runtime: Runtime,
    source: Source,
    arrivals: MutableSequence[Arrival],
    bodies: MutableSequence[PageBody],
    wanted: Sequence[int],
) -> None:
    """Put what a browser shows of some pages in place of what came."""
    if runtime.renderer is None:
        raise FetchError(FailureKind.BROWSER, lacking(runtime.settings))
    for place in wanted:
        arrival = arrivals[place]
        page = _as_received(runtime, arrival, bodies[place])
        rendered = runtime.renderer.render(page, request_for(source, page.url))
        arrivals[place] = replace(arrival, rendered=rendered)
        bodies[place] = body_of_page(rendered)


def _as_received(runtime: Runtime, arrival: Arrival, body: PageBody) -> Page:
    """Return a page with its body, which a 304 leaves out."""
    if arrival.unchanged_snapshot is None:
        return arrival.page
    with runtime.database.read() as session:
        snapshot = session.get_one(Snapshot, arrival.unchanged_snapshot)
    headers = tuple((str(name), str(value)) for name, value in snapshot.headers)
    return replace(arrival.page, status=snapshot.status, headers=headers, body=body.body, not_modified=False)
