"""All sources at a glance."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tracker.store.sources import all_sources
from tracker.web.parts import Reading
from tracker.web.rendering import render

router = APIRouter()


@router.get("/")
def overview(request: Request, session: Reading) -> HTMLResponse:
    """Show every source with how it stands."""
    return render(request, "overview.html", sources=all_sources(session, state="active"))
