"""The screens. Each module has a `router`; whoever sees them may read, whoever changes something needs more."""

from tracker.web.pages import (
    baselines,
    change,
    changes,
    clause,
    compare,
    deadlines,
    login,
    mutes,
    operator,
    overview,
    processors,
    reports,
    review,
    search,
    sources,
    subscriptions,
)

SCREENS = (
    baselines, change, changes, clause, compare, deadlines, mutes, operator, overview, processors, reports, review,
    search, sources, subscriptions,
)  # fmt: skip

#: What anybody sees.
OPEN_ROUTERS = (login.router, subscriptions.open_router)

#: What needs the right to read.
ROUTERS = tuple(screen.router for screen in SCREENS)
