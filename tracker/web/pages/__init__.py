"""The screens. Each module has a `router`; whoever sees them may read, whoever changes something needs more."""

from tracker.web.pages import change, overview

ROUTERS = (overview.router, change.router)
