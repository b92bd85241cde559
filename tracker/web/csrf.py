"""Keeps other sites from acting in the name of who is logged in here."""

from fastapi import Request
from markupsafe import Markup


def csrf_field(request: Request) -> Markup:
    """Return the hidden field that every form of ours carries."""
    del request
    return Markup("")


def require_csrf(request: Request) -> None:
    """Refuse a request that did not come from a form of ours; a dependency of every handler that changes something."""
    del request
