"""The screens. Each module has a `router`; whoever sees them may read, whoever changes something needs more."""

from tracker.web.pages import (
    baselines,
    change,
    changes,
    clause,
    compare,
    deadlines,
    overview,
    reports,
    review,
    search,
    sources,
)

ROUTERS = tuple(
    screen.router
    for screen in (baselines, change, changes, clause, compare, deadlines, overview, reports, review, search, sources)
)
