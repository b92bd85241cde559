"""All operations of the API in one router, with their description for programs and for people."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse

from tracker import __version__
from tracker.web.access import reader
from tracker.web.api import captures, changes, clauses, comparing, mutes, noise, operating, people, sources, versions
from tracker.web.api.answers import ApiRoute, Problem, conditional
from tracker.web.api.links import add_links
from tracker.web.rendering import render

PREFIX = "/api/v1"

_MODULES = (sources, versions, captures, changes, clauses, comparing, noise, mutes, people, operating)

_ABOUT = (
    "Everything the tracker knows, for programs. Times are ISO 8601 in UTC. Lists are read page by page along their "
    "`next` links. Errors are problem details (RFC 9457). Where reading is not open, send a token: "
    "`Authorization: Bearer trk_...`; its scope is read, review or admin."
)


def operations() -> APIRouter:
    """Return the operations; who uses them may read, some need more."""
    router = APIRouter(prefix=PREFIX, route_class=ApiRoute, dependencies=[Depends(reader)])
    for module in _MODULES:
        router.include_router(module.router)
    return router


def install(app: FastAPI) -> None:
    """Add the operations and their description to an application."""
    app.include_router(operations())
    about = APIRouter(dependencies=[Depends(reader)], include_in_schema=False)

    @about.get(f"{PREFIX}/openapi.json")
    def for_programs(request: Request) -> Response:
        """Return the OpenAPI description."""
        return conditional(request, JSONResponse(description()))

    @about.get(PREFIX)
    def for_people(request: Request) -> HTMLResponse:
        """Show the operations."""
        return render(request, "api.html", groups=_groups(description()), about=_ABOUT)

    app.include_router(about)


@lru_cache(maxsize=1)
def description() -> Mapping[str, Any]:
    """Return the OpenAPI description."""
    told = get_openapi(title="tracker", version=__version__, description=_ABOUT, routes=operations().routes)
    parts = told["components"]
    parts["schemas"]["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "description": "`tracker token create`"}}
    add_links(told["paths"], PREFIX)
    return told


def _groups(told: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations by the kind of thing they are about."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            shown = {
                "method": method.upper(),
                "path": path,
                "about": operation["description"],
                "parameters": operation.get("parameters", []),
                "body": "requestBody" in operation,
            }
            groups.setdefault(operation["tags"][0], []).append(shown)
    return groups
