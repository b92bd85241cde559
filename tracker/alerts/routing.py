"""Which route wants to hear of what."""

from collections.abc import Iterable

from tracker.sources.model import Route, Source, SourcesFile
from tracker.store.tables import Change
from tracker.words import Severity


def reaches(route: Route, source: Source) -> bool:
    """Return whether a route may tell of a source: it is on, of people, and neither side leaves out the other."""
    return (
        route.enabled
        and not route.operator
        and (source.routes is None or route.name in source.routes)
        and (not route.tags or not set(route.tags).isdisjoint(source.tags))
    )


def route_matches(route: Route, source: Source, change: Change) -> bool:
    """Return whether a route wants to hear of a change of a source."""
    return (
        reaches(route, source)
        and (not route.topics or not {topic.value for topic in route.topics}.isdisjoint(change.topics))
        and Severity(change.severity).rank >= route.severity.rank
        and (not route.directions or change.direction in route.directions)
    )


def unreached(file: SourcesFile) -> list[Source]:
    """Return the sources that no route tells of, whatever happens to them."""
    return [source for source in file.sources if not any(reaches(route, source) for route in file.routes)]


def operator_routes(routes: Iterable[Route]) -> list[Route]:
    """Return the routes that are told of the health of the installation."""
    return [route for route in routes if route.enabled and route.operator]
