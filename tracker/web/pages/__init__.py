"""The screens. Each module has a `router`; whoever sees them may read, whoever changes something needs more."""

from tracker.web.pages import baselines, change, deadlines, overview, reports, review

ROUTERS = (overview.router, change.router, review.router, baselines.router, deadlines.router, reports.router)
