"""Which route wants to hear of what."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from tracker.sources.model import Route, Source, SourcesFile
from tracker.words import Severity


class Judged(Protocol):
    """What a route looks at of a change."""

    @property
    def severity(self) -> str:
        """Return a Severity."""
        ...

    @property
    def direction(self) -> str:
        """Return a Direction."""
        ...

    @property
    def topics(self) -> Sequence[str]:
        """Return Topics."""
        ...


def route_matches(route: Route, source: Source, change: Judged) -> bool:
    """Return whether a route wants to hear of a change of a source."""
    return (
        route.reaches(source)
        and (not route.topics or not {topic.value for topic in route.topics}.isdisjoint(change.topics))
        and Severity(change.severity).rank >= route.severity.rank
        and (not route.directions or change.direction in route.directions)
    )


def unreached(file: SourcesFile) -> list[Source]:
    """Return the sources that no route tells of, whatever happens to them."""
    return [source for source in file.sources if not any(route.reaches(source) for route in file.routes)]


def operator_routes(routes: Iterable[Route]) -> list[Route]:
    """Return the routes that are told of the health of the installation."""
    return [route for route in routes if route.enabled and route.operator]
