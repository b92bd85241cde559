"""The web application: pages, API, feeds and the health endpoint over one store."""

from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from tracker import __version__
from tracker.daemon.engine.service import Service
from tracker.daemon.runtime import Runtime
from tracker.web import problems
from tracker.web.access import known_principal, reader
from tracker.web.api import routes as api
from tracker.web.feeds import routes as feeds
from tracker.web.feeds.basic import TokenAsPassword
from tracker.web.headers import SafeHeaders
from tracker.web.health import health_of
from tracker.web.metrics import router as metrics
from tracker.web.pages import OPEN_ROUTERS, ROUTERS
from tracker.web.requests import BoundedBodies, HeadAsGet
from tracker.web.steps import Steps

STATIC = Path(__file__).parent / "static"


def create_app(runtime: Runtime, service: Service | None = None) -> FastAPI:
    """Return the application.

    Args:
        runtime: the parts of this process.
        service: the daemon that runs in it; without one `/healthz` tells of the store only.

    """
    app = FastAPI(title="tracker", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.runtime = runtime
    app.state.service = service
    app.state.steps = Steps()
    started = app.state.started = runtime.clock.now()

    @app.get("/healthz", include_in_schema=False)
    def healthz(request: Request) -> JSONResponse:
        """Tell whether the daemon works; status 503 when somebody should look. Strangers are told no more than that."""
        health = health_of(runtime, service, started)
        told = health.to_json() if known_principal(request) else {"status": health.status}
        return JSONResponse(told, health.http_status, headers={"Cache-Control": "no-store"})

    for router in OPEN_ROUTERS:
        app.include_router(router, include_in_schema=False)
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False, dependencies=[Depends(reader)])
    app.include_router(metrics, include_in_schema=False, dependencies=[Depends(reader)])
    api.install(app)
    feeds.install(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.install(app)
    app.add_middleware(TokenAsPassword)
    app.add_middleware(BoundedBodies)
    app.add_middleware(HeadAsGet)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=6)
    app.add_middleware(SafeHeaders)
    return app
